package population

// lists is many short lists of numbers in one arena: no pointer and no header for
// each, so that a hundred thousand conversations are two allocations.
type lists struct {
	arena []uint32
	ends  []uint32 // of list i in the arena; it starts at the end of list i-1
}

func (l *lists) len() int { return len(l.ends) }

func (l *lists) at(i uint32) []uint32 {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.arena[from:l.ends[i]:l.ends[i]]
}

// add appends one list.
func (l *lists) add(numbers ...uint32) {
	l.arena = append(l.arena, numbers...)
	l.ends = append(l.ends, uint32(len(l.arena)))
}

// invert gives, for each number below n, in which lists it is.
func (l *lists) invert(n int) lists {
	in := lists{arena: make([]uint32, len(l.arena)), ends: make([]uint32, n)}
	for _, number := range l.arena {
		in.ends[number]++
	}
	place := make([]uint32, n) // where the next list of each number goes
	sum := uint32(0)
	for number, count := range in.ends {
		place[number] = sum
		sum += count
		in.ends[number] = sum
	}
	for i := range uint32(l.len()) {
		for _, number := range l.at(i) {
			in.arena[place[number]] = i
			place[number]++
		}
	}
	return in
}
