package results

import (
	"slices"
	"strings"

	"github.com/seed886cd727/throng/results/figure"
)

// Columns: the longest names fit, and a table of six numbers is 80 wide.
const (
	nameWidth    = 36
	measureWidth = 18
	cellWidth    = 10
)

// figures writes all figures that there are, group by group.
func (t *text) figures(f Figures) {
	for _, group := range figure.Groups() {
		t.group(group, f)
	}
}

// group writes one group: its distributions as a table, its other figures a line
// each, and the good zeros as one line.
func (t *text) group(group string, f Figures) {
	var table, lines text
	table.color, table.verbose = t.color, t.verbose
	var zeros []string
	measures := distributions()
	for _, known := range figure.All() {
		v, ok := f[known.Name]
		if known.Group != group || !ok {
			continue
		}
		measure, suffix := split(known.Name, measures)
		switch {
		case measure != "" && suffix != "count": // stands in the row of the count, which alone is always there
		case measure != "":
			table.row(measure, f)
		case !t.verbose && folds(known, v.Value):
			zeros = append(zeros, known.Name)
		case t.verbose || !hides(known, v.Value):
			lines.printf("  %s%s\n", padRight(known.Name, nameWidth), padded(v.String(), cellWidth+2))
		}
	}
	if table.Len()+lines.Len()+len(zeros) == 0 {
		return
	}
	t.heading(group, table.Len() > 0)
	t.Write(table.Bytes())
	t.Write(lines.Bytes())
	if len(zeros) > 0 {
		t.list("  all 0: ", ", ", zeros)
	}
}

// heading names the group, and the columns of its table where it has one.
func (t *text) heading(group string, columns bool) {
	line := t.paint(bold, group)
	if columns {
		line += strings.Repeat(" ", 2+measureWidth-len(group))
		for _, suffix := range t.suffixes() {
			line += t.paint(faint, padded(spelled(suffix), cellWidth))
		}
	}
	t.printf("\n%s\n", line)
}

// row writes one distribution; of an empty one there is nothing to say.
func (t *text) row(measure string, f Figures) {
	empty := *f.Get(measure + ".count") == 0
	if !t.verbose && (empty || partOfAnother(measure)) {
		return
	}
	line := "  " + padRight(measure, measureWidth)
	for _, suffix := range t.suffixes() {
		cell := ""
		if v, ok := f[measure+"."+suffix]; ok {
			cell = v.String()
		}
		line += padded(cell, cellWidth)
	}
	t.printf("%s\n", line)
}

// suffixes are the columns of a table of distributions.
func (t *text) suffixes() []string {
	if t.verbose {
		return figure.Distribution()
	}
	return []string{"p50", "p99", "p999", "max", "count"}
}

// spelled is a suffix as people write it.
func spelled(suffix string) string {
	if suffix == "p999" {
		return "p99.9"
	}
	return suffix
}

// split parts the name of a distribution's figure from its suffix; the measure of
// any other figure is "", that of delivery.rate too.
func split(name string, measures []string) (measure, suffix string) {
	at := strings.LastIndexByte(name, '.')
	if at < 0 || !slices.Contains(measures, name[:at]) || !slices.Contains(figure.Distribution(), name[at+1:]) {
		return "", ""
	}
	return name[:at], name[at+1:]
}

// folds tells whether a figure is a count that is 0 and should be.
func folds(f figure.Figure, value float64) bool {
	return value == 0 && f.Unit == figure.Count && f.Direction == figure.Lower
}

// hides tells whether a figure is left out: what is part of another one, and
// what happens in few runs, where it did not.
func hides(f figure.Figure, value float64) bool {
	switch f.Name {
	case "target.rss_baseline", "target.bytes_per_connection_unforced", "target.store_writes", "target.store_bytes":
		return true
	case "sends.skipped", "payload.grown", "recovered", "owed.offline", "gaps", "duplicates.wire_ratio":
		return value == 0
	}
	return false
}

// partOfAnother tells whether a distribution is a part of one that is shown.
func partOfAnother(measure string) bool {
	switch measure {
	case "connect_tcp", "connect_tls", "connect_upgrade", "connect_welcome", "delivery_local":
		return true
	}
	return false
}

// padded sets s to the right of so many columns, padRight to the left.
func padded(s string, columns int) string {
	return strings.Repeat(" ", max(0, columns-len([]rune(s)))) + s
}

func padRight(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-len([]rune(s))))
}
