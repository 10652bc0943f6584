package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed886cd727/throng/loadgen/draw"
)

// rulesIRC is how logs are read; it stands in the header of each trace.
func rulesIRC() []string {
	return []string{
		"every line that someone said is a message, /me lines and empty ones too; its size is that of the text in bytes, without the white space around it",
		"who is named in a log is a member of its conversation from the start; names differ by case",
		"one name is one user over all files; a rename keeps the user, unless somebody has already spoken under the new name: then the two stay two",
		"times within the log's resolution are drawn: the lines of one stamp take as many uniform draws over its minute or second, in rising order",
		"a stamp without a date that goes back by more than an hour is of the next day; any other that goes back counts as the one before it",
		"a line without a stamp has that of the line before it, the first ones that of the first line with one",
	}
}

// ImportIRC reads logs of the two formats that parseMinutes and parseSeconds
// describe, each file's told by its first line that fits one.
func ImportIRC(files []File, o Options) (*Trace, error) {
	in := &ircImport{options: o, people: newPeople(), places: newPlaces(), draws: draw.New(o.Seed, "import irc: time")}
	for _, f := range files {
		if err := in.file(f); err != nil {
			return nil, err
		}
	}
	return assemble(in.records, Header{
		ResolutionNS:  int64(in.resolution),
		Rules:         rulesIRC(),
		Seed:          o.Seed,
		Sources:       in.sources,
		Users:         in.people.names,
		Conversations: in.places.list,
	}), nil
}

// ircImport is an import under way.
type ircImport struct {
	options    Options
	people     *people
	places     *places
	draws      draw.Source
	resolution time.Duration // the coarsest of the files
	sources    []Source
	records    []record
}

// ircLog is a file of it.
type ircLog struct {
	*ircImport
	source  Source
	format  *ircFormat
	name    string // of the conversation, where lines do not name it
	day     time.Time
	now     time.Time // the last stamp
	group   int       // first record of the last stamp
	drawn   uint64
	waiting []ircLine // lines before the first stamp
}

func (in *ircImport) file(f File) error {
	log := &ircLog{ircImport: in, name: conversationName(f.Name), group: len(in.records)}
	log.source = Source{Name: base(f.Name), LeftOut: map[string]int{}}
	lines := bufio.NewReaderSize(f.Text, 64<<10)
	for {
		text, err := lines.ReadBytes('\n')
		if len(text) > 0 {
			if err := log.line(text, f.Name); err != nil {
				return fmt.Errorf("%s:%d: %w", f.Name, log.source.Lines, err)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("import %s: %w", f.Name, err)
		}
	}
	if log.format == nil {
		return fmt.Errorf("%s: not an IRC log that is known: no line begins like \"[09:41] <nick> text\" or \"channel 2019-02-18 [09:41:05] <nick> text\"", f.Name)
	}
	log.spread()
	in.sources = append(in.sources, log.source)
	return nil
}

// line takes one line, with its end.
func (l *ircLog) line(text []byte, file string) error {
	if l.source.Lines == 0 {
		text = bytes.TrimPrefix(text, []byte("\ufeff"))
	}
	l.source.Lines++
	text = bytes.TrimRight(text, "\r\n")
	if l.format == nil {
		if l.format = formatOf(text); l.format != nil {
			if err := l.open(file); err != nil {
				return err
			}
		}
	}
	if l.format != nil {
		l.take(l.format.parse(text))
	} else if one := parseMinutes(text); one.leftOut == "" {
		l.waiting = append(l.waiting, one)
	} else {
		l.source.LeftOut[one.leftOut]++
	}
	return nil
}

// open starts the clock once the format is known.
func (l *ircLog) open(file string) error {
	l.source.Format = l.format.name
	l.resolution = max(l.resolution, l.format.resolution)
	if l.format.dated {
		if n := len(l.waiting); n > 0 { // the other format's lines
			l.source.LeftOut[unrecognised] += n
			l.waiting = nil
		}
		return nil
	}
	if l.day = l.options.Date; l.day.IsZero() {
		day, err := time.Parse(time.DateOnly, datePattern().FindString(base(file)))
		if err != nil {
			return errors.New("neither its lines nor its name has a date: give --date YYYY-MM-DD")
		}
		l.day = day
	}
	return nil
}

// take counts a line, and records what it says.
func (l *ircLog) take(one ircLine) {
	if one.stamped {
		l.tick(one.stamp)
	}
	if one.leftOut != "" {
		l.source.LeftOut[one.leftOut]++
		return
	}
	for _, early := range l.waiting {
		l.record(early)
	}
	l.waiting = nil
	l.record(one)
}

func (l *ircLog) record(one ircLine) {
	e := Event{Action: one.action, Size: one.size}
	if one.channel == "" {
		one.channel = l.name
	}
	e.Conversation = l.places.conversation(one.channel)
	switch one.action {
	case Send:
		l.source.Messages++
		e.User = l.people.user(one.nick)
		l.people.spoke[one.nick] = true
	case Join:
		l.source.Joins++
		e.User = l.people.user(one.nick)
	case Leave:
		l.source.Leaves++
		e.User = l.people.user(one.nick)
	case Rename:
		l.source.Renames++
		e.User = l.people.rename(one.nick, one.to)
		l.places.add(e.Conversation, e.User)
		l.places.add(e.Conversation, l.people.user(one.to))
	}
	l.places.add(e.Conversation, e.User)
	l.records = append(l.records, record{at: l.now, Event: e})
}

// tick moves the log's clock to a stamp: of a dated format a time, else a time of
// day in the zero year.
func (l *ircLog) tick(stamp time.Time) {
	at := stamp
	if !l.format.dated {
		at = l.onDay(stamp)
		if l.now.Sub(at) > time.Hour {
			l.day = l.day.AddDate(0, 0, 1)
			at = l.onDay(stamp)
		}
	}
	if at.After(l.now) {
		l.spread()
		l.now = at
	}
}

func (l *ircLog) onDay(stamp time.Time) time.Time {
	return l.day.Add(time.Duration(stamp.Hour())*time.Hour + time.Duration(stamp.Minute())*time.Minute)
}

// spread gives the records of the last stamp their times within it: as many
// uniform draws, in rising order, so that the order of the lines stays.
func (l *ircLog) spread() {
	group := l.records[l.group:]
	offsets := make([]float64, len(group))
	for i := range offsets {
		offsets[i] = l.draws.Float64(uint64(len(l.sources)), l.drawn)
		l.drawn++
	}
	slices.Sort(offsets)
	for i := range group {
		group[i].at = group[i].at.Add(time.Duration(offsets[i] * float64(l.format.resolution)))
	}
	l.group = len(l.records)
}

func datePattern() *regexp.Regexp { return regexp.MustCompile(`\d{4}-\d{2}-\d{2}`) }

// conversationName is a file's name without its folder, ending and date: of
// 2007-12-17-ubuntu.log, ubuntu.
func conversationName(file string) string {
	name := base(file)
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	bare := strings.Trim(datePattern().ReplaceAllString(name, ""), "-_. ")
	if bare == "" {
		bare = name
	}
	return utf8Name([]byte(bare))
}
