package figure

// Unit is what a figure's number counts. It stands beside each value in summary.json.
type Unit string

const (
	Nanoseconds Unit = "ns"    // a latency
	Seconds     Unit = "s"     // CPU time
	Bytes       Unit = "bytes" //
	Count       Unit = "count" // things that happened
	PerSecond   Unit = "1/s"   // a rate
	Ratio       Unit = "ratio" // a share, 0 to 1, written in percent for people
	Factor      Unit = "x"     // a multiple
	Cores       Unit = "cores" // CPU seconds per second
)

// Range is the top of what a latency can be measured to, in nanoseconds.
const Range = 60_000_000_000

// AboveRange is the value of a latency that lies above Range by an unknown
// amount. It is written '> 60 s', and no upper bound holds for it.
const AboveRange = Range + 1

// Value is one figure of one run.
type Value struct {
	Value float64 `json:"value"`
	Unit  Unit    `json:"unit"`
}

// String writes the value for people, as Format does.
func (v Value) String() string { return Format(v.Unit, v.Value) }

// scale is one step of a unit: 'ms' is 1e6 ns.
type scale struct {
	suffix string
	size   float64
}

// scales lists what may follow a number of the unit, the largest first, and
// leaves out spellings that only Parse takes.
func (u Unit) scales() []scale {
	switch u {
	case Nanoseconds:
		return []scale{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}, {"ns", 1}}
	case Seconds:
		return []scale{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}}
	case Bytes:
		return []scale{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
	case PerSecond:
		return []scale{{"G/s", 1e9}, {"M/s", 1e6}, {"k/s", 1e3}, {"/s", 1}}
	case Ratio:
		return []scale{{"%", 0.01}}
	case Factor:
		return []scale{{"x", 1}}
	case Cores:
		return []scale{{"cores", 1}}
	}
	return nil
}

// spellings lists everything that may follow a number of the unit when it is read.
func (u Unit) spellings() []scale {
	shown := u.scales()
	switch u {
	case Nanoseconds:
		return append(shown, scale{"us", 1e3}, scale{"μs", 1e3}, scale{"m", 60e9}, scale{"h", 3600e9})
	case Seconds:
		return append(shown, scale{"us", 1e-6}, scale{"ns", 1e-9}, scale{"m", 60}, scale{"h", 3600})
	case Bytes:
		return append(shown, scale{"KB", 1e3}, scale{"kB", 1e3}, scale{"MB", 1e6}, scale{"GB", 1e9}, scale{"TB", 1e12}, scale{"", 1})
	case PerSecond:
		return append(shown, scale{"k", 1e3}, scale{"M", 1e6}, scale{"G", 1e9}, scale{"", 1})
	case Count:
		return []scale{{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}}
	}
	return append(shown, scale{"", 1})
}
