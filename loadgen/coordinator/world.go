package coordinator

import (
	"fmt"
	"time"

	"github.com/seed886cd727/throng/loadgen/draw"
	"github.com/seed886cd727/throng/loadgen/plan"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/trace"
	"github.com/seed886cd727/throng/scenarios"
)

// world is what a scenario stands for: who exists, and who sends what when.
type world struct {
	people   *population.Population
	plan     *plan.Plan      // of all traffic phases, one after the other
	replay   *trace.Replay   // instead, in the phase that replays; nil without a trace
	replayed time.Duration   // when that phase begins, since the first traffic phase
	lengths  []time.Duration // of the scenario's phases; 0 of connect, settle and drain
	receipts bool            // whether anyone reads
	notes    []string
}

// newWorld computes it. What is wrong with it is the scenario's fault.
func newWorld(s *scenarios.Scenario) (*world, error) {
	w := &world{lengths: make([]time.Duration, len(s.Phases))}
	if err := w.openReplay(s); err != nil {
		return nil, err
	}
	if w.people == nil {
		var err error
		if w.people, err = population.New(populationOf(s)); err != nil {
			return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
		}
	}
	w.plan = &plan.Plan{Population: w.people, Seed: s.Seed}
	for i, p := range s.Phases {
		if !p.IsTraffic() {
			continue
		}
		w.receipts = w.receipts || p.Traffic.Receipts.Share > 0
		one, err := w.phase(p)
		if err != nil {
			return nil, fmt.Errorf("scenario %s, phase %s: %w", s.Name, p.Name, err)
		}
		if p.Traffic.Replay != nil {
			w.replayed = w.plan.Duration()
		}
		w.lengths[i] = one.For
		w.plan.Phases = append(w.plan.Phases, one)
	}
	if err := w.plan.Validate(); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	return w, nil
}

// openReplay prepares the trace of the phase that replays one.
func (w *world) openReplay(s *scenarios.Scenario) error {
	for _, p := range s.Phases {
		if !p.IsTraffic() || p.Traffic.Replay == nil {
			continue
		}
		r := p.Traffic.Replay
		t, err := openTrace(r.Trace)
		if err != nil {
			return err
		}
		if r.Trace == "" {
			w.notes = append(w.notes, "no trace was given: this replays a small one that is made up and in the binary (--trace FILE replays yours)")
		}
		w.replay, err = trace.NewReplay(t, trace.Settings{
			Speed: r.Speed, MaxGap: time.Duration(r.MaxGap), Copies: r.Copies, Devices: s.Population.Devices,
		})
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		w.people = w.replay.Population()
		w.notes = append(w.notes, fmt.Sprintf("replays %d messages at %.4g times their speed, %d times side by side",
			w.replay.Len()/r.Copies, w.replay.Settings().Speed, r.Copies))
	}
	return nil
}

func openTrace(file string) (*trace.Trace, error) {
	if file == "" {
		return trace.Sample()
	}
	return trace.Open(file)
}

// phase is a traffic phase of the plan. One that replays sends nothing of the
// plan's, and lasts until the last message of the trace.
func (w *world) phase(p scenarios.Phase) (plan.Phase, error) {
	if p.Traffic.Replay != nil {
		return plan.Phase{For: max(time.Duration(p.For), w.replay.Duration()+time.Millisecond)}, nil
	}
	size, err := distribution(p.Traffic.Payload.Size)
	if err != nil {
		return plan.Phase{}, fmt.Errorf("payload size: %w", err)
	}
	size = draw.Clamped{Distribution: size, Max: maxBody}
	times := 1.0
	switch p.Traffic.Send.By {
	case "user":
		times = float64(w.people.Users())
	case "conversation":
		times = float64(w.people.Len())
	}
	one := plan.Phase{
		For: time.Duration(p.For), Size: size,
		From: p.Traffic.Send.Rate.From * times, To: p.Traffic.Send.Rate.To * times,
	}
	if p.Traffic.Send.Arrival == "poisson" {
		one.Arrival = plan.Poisson
	}
	return one, nil
}

// maxBody is where the size of bodies is cut off, in bytes: what the reference
// server takes.
const maxBody = 32 << 10

// part is a schedule of sends, and when it begins, since the first traffic phase.
type part struct {
	plan.Source
	from time.Duration
}

// sends are the schedules of all traffic phases.
func (w *world) sends() ([]part, error) {
	planned, err := w.plan.Sends(population.Share{})
	if err != nil {
		return nil, err
	}
	all := []part{{planned, 0}}
	if w.replay != nil {
		replayed, err := w.replay.Sends(population.Share{})
		if err != nil {
			return nil, err
		}
		all = append(all, part{replayed, w.replayed})
	}
	return all, nil
}

// sessions is how many connections the world wants.
func (w *world) sessions() int { return w.people.Users() * w.people.Devices() }

func populationOf(s *scenarios.Scenario) population.Spec {
	spec := population.Spec{Users: s.Population.Users, Devices: s.Population.Devices, Seed: s.Seed}
	for _, p := range s.Conversations.Parts {
		part := population.Part{
			Name: p.Name, Kind: kind(p.Kind), Count: p.Count, PerUser: p.PerUser, Senders: p.Senders, Share: p.Share,
		}
		if p.Members != nil {
			members, err := distribution(*p.Members)
			if err != nil {
				continue // the scenario was checked: population.New says what is missing
			}
			part.Members = members
		}
		spec.Parts = append(spec.Parts, part)
	}
	return spec
}

func kind(name string) population.Kind {
	for k := population.Direct; k <= population.Channel; k++ {
		if k.String() == name {
			return k
		}
	}
	return 0
}

func distribution(d scenarios.Distribution) (draw.Distribution, error) {
	switch d.Kind {
	case scenarios.Uniform:
		return draw.Uniform{Min: d.Min, Max: d.Max}, nil
	case scenarios.Zipf:
		return draw.NewZipf(d.Min, d.Max, d.Exponent)
	case scenarios.LogNormal:
		_, most := d.Bounds()
		return draw.Clamped{Distribution: draw.LogNormal{Median: d.Median, P99: d.P99}, Max: most}, nil
	}
	return draw.Constant(d.Constant), nil
}
