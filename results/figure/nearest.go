package figure

import "fmt"

// unknown says that no figure has this name, and which one comes nearest.
func unknown(name string) error {
	return fmt.Errorf("unknown figure %q: did you mean %s?", name, Nearest(name))
}

// Nearest returns the catalogue's name that takes the fewest edits to get to.
func Nearest(name string) string {
	best, fewest := "", 1<<30
	if len(name) > 64 { // Edits costs the product of the lengths, and no name is as long
		name = name[:64]
	}
	for _, f := range All() {
		if d := Edits(name, f.Name); d < fewest {
			best, fewest = f.Name, d
		}
	}
	return best
}

// Edits is Levenshtein's distance in bytes: how many bytes must be put in, taken
// out or exchanged to make one word of the other.
func Edits(a, b string) int {
	row := make([]int, len(b)+1) // of the matrix
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
