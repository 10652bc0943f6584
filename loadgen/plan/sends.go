package plan

import (
	"encoding/binary"
	"errors"

	"github.com/seed886cd727/throng/loadgen/draw"
	"github.com/seed886cd727/throng/loadgen/pace"
	"github.com/seed886cd727/throng/loadgen/population"
)

// Sends walks a plan and keeps the sends of one share.
type Sends struct {
	plan     *Plan
	schedule *pace.Walk
	from, to uint32 // users of the share
	part     draw.Source
	within   draw.Source
	sender   draw.Source
	device   draw.Source
	size     draw.Source
}

// Sends is the part of the plan that the users of a share send. The plan must be
// valid, and is not changed: many shares may be walked at once.
func (p *Plan) Sends(share population.Share) (*Sends, error) {
	if err := errors.Join(p.Validate(), share.Validate()); err != nil {
		return nil, err
	}
	gap := draw.New(p.Seed, "plan: gap")
	exponential := func(k uint64) float64 { return gap.Exp(0, k) }
	stretches := make([]pace.Stretch, len(p.Phases))
	for i, phase := range p.Phases {
		stretches[i] = phase.stretch(exponential)
	}
	s := &Sends{
		plan:     p,
		schedule: pace.Join(stretches...),
		part:     draw.New(p.Seed, "plan: part"),
		within:   draw.New(p.Seed, "plan: conversation"),
		sender:   draw.New(p.Seed, "plan: sender"),
		device:   draw.New(p.Seed, "plan: device"),
		size:     draw.New(p.Seed, "plan: size"),
	}
	s.from, s.to = share.Users(p.Population.Users())
	return s, nil
}

// Next implements Source. It passes over the sends of other shares, which costs
// about as much for each of them as three draws.
func (s *Sends) Next() (Send, bool) {
	for {
		due, k, ok := s.schedule.Next()
		if !ok {
			return Send{}, false
		}
		conversation, sender := s.who(k)
		if sender < s.from || sender >= s.to {
			continue
		}
		phase := s.schedule.Stretch()
		return Send{
			K: k, Due: due, Phase: phase, Conversation: conversation, Sender: sender,
			Device: uint8(s.device.IntN(s.plan.Population.Devices(), 0, k)),
			Size:   s.size.Int(s.plan.size(phase), 0, k),
		}, true
	}
}

// who sends number k, and where.
func (s *Sends) who(k uint64) (conversation, sender uint32) {
	people := s.plan.Population
	conversation, _ = people.Pick(s.part.Float64(0, k), func(n int) int { return s.within.IntN(n, 0, k) })
	senders := people.Senders(conversation)
	return conversation, senders[s.sender.IntN(len(senders), 0, k)]
}

func (p *Plan) size(phase int) draw.Distribution {
	if own := p.Phases[phase].Size; own != nil {
		return own
	}
	return p.Size
}

// AppendTo appends the send's canonical encoding, 35 bytes, numbers big-endian:
// what two plans are compared by.
func (s Send) AppendTo(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, s.K)
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.Due))
	dst = binary.BigEndian.AppendUint16(dst, uint16(s.Phase))
	dst = binary.BigEndian.AppendUint32(dst, s.Conversation)
	dst = binary.BigEndian.AppendUint32(dst, s.Sender)
	dst = append(dst, s.Device)
	return binary.BigEndian.AppendUint64(dst, uint64(s.Size))
}
