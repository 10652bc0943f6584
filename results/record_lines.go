package results

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed886cd727/throng/results/latency"
)

// maxLine bounds a line of the files that are read line by line.
const maxLine = 1 << 20

// readLines gives each whole line to one. What follows the last line break was
// torn off: it returns latency.ErrTorn after the lines before it.
func readLines(f io.Reader, one func(line []byte) error) error {
	lines := bufio.NewReaderSize(f, maxLine)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return nil
		case err == io.EOF:
			return fmt.Errorf("line %d: %w", n, latency.ErrTorn)
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("line %d: longer than %d bytes", n, maxLine)
		case err != nil:
			return err
		}
		if err := one(line[:len(line)-1]); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// readRows reads timeseries.csv, of which this package wrote every line: no cell
// holds a line break.
func (r *Record) readRows(f io.Reader) error {
	first := true
	return readLines(f, func(line []byte) error {
		cells, err := csv.NewReader(strings.NewReader(string(line))).Read()
		if err != nil {
			return fmt.Errorf("not a line of cells: %w", err)
		}
		if first {
			first = false
			if !slices.Equal(cells, head()) {
				return fmt.Errorf("columns are %s: want %s", strings.Join(cells, ","), strings.Join(head(), ","))
			}
			return nil
		}
		row, err := parseRow(cells)
		r.Rows = append(r.Rows, row)
		return err
	})
}

func parseRow(cells []string) (Row, error) {
	var row Row
	columns := row.columns()
	if len(cells) != len(columns) {
		return row, fmt.Errorf("%d cells: want %d", len(cells), len(columns))
	}
	for i, c := range columns {
		if err := c.parse(cells[i]); err != nil {
			return row, fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return row, nil
}

// parse is the inverse of String.
func (c column) parse(cell string) (err error) {
	switch {
	case c.text != nil:
		*c.text = cell
	case c.count != nil:
		*c.count, err = strconv.ParseInt(cell, 10, 64)
	case c.at != nil:
		var seconds float64
		seconds, err = strconv.ParseFloat(cell, 64)
		if err == nil && !(seconds >= 0 && seconds < 1e9) {
			return fmt.Errorf("%q is not a time in seconds", cell)
		}
		*c.at = time.Duration(math.Round(seconds*1e3)) * time.Millisecond
	case cell == "":
		*c.number = math.NaN()
	default:
		*c.number, err = strconv.ParseFloat(cell, 64)
		if err == nil && (math.IsNaN(*c.number) || math.IsInf(*c.number, 0)) {
			return fmt.Errorf("%q is not a number", cell)
		}
	}
	return err
}

// readViolations reads the findings and their total. A run that did not end has
// no total: what was kept is counted instead.
func (r *Record) readViolations(f io.Reader) error {
	counted, ended := map[string]int64{}, false
	err := readLines(f, func(line []byte) error {
		if ended {
			return errors.New("something follows the total")
		}
		var either struct {
			Violation
			violationTotal
		}
		if err := json.Unmarshal(line, &either); err != nil {
			return err
		}
		switch {
		case either.Total != nil:
			r.Found, ended = either.Total, true
		case either.Figure == "":
			return errors.New("a finding of no figure")
		default:
			r.Violations = append(r.Violations, either.Violation)
			counted[either.Figure]++
		}
		return nil
	})
	if !ended {
		r.Found = counted
	}
	if err == nil && !ended {
		return fmt.Errorf("no total at its end: %w", latency.ErrTorn)
	}
	return err
}
