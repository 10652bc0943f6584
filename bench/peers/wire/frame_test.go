package wire

import (
	"bytes"
	"testing"

	"github.com/gobwas/ws"
)

func TestFramesComeBack(t *testing.T) {
	for _, length := range []int{0, 1, 125, 126, 1 << 16, MaxFrame} {
		payload := bytes.Repeat([]byte{'a'}, length)
		for name, frame := range map[string][]byte{"server": Append(nil, ws.OpText, payload), "client": AppendMasked(nil, ws.OpText, payload)} {
			if _, _, size, err := Next(frame[:len(frame)-1]); size != 0 || err != nil {
				t.Errorf("%s, %d bytes, all but one of them: size %d, %v; want it incomplete", name, length, size, err)
			}
			op, got, size, err := Next(append(frame, 'b'))
			if op != ws.OpText || !bytes.Equal(got, payload) || size != len(frame) || err != nil {
				t.Errorf("%s, %d bytes: op %d, %d bytes, size %d of %d, %v", name, length, op, len(got), size, len(frame), err)
			}
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add(Append(nil, ws.OpText, Echo()))
	f.Add(AppendMasked(nil, ws.OpBinary, FanOut(8)))
	f.Add([]byte{0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		_, payload, size, err := Next(b)
		if err != nil && size != 0 || size > len(b) || len(payload) > size {
			t.Fatalf("%x: %d bytes of payload, size %d, %v", before, len(payload), size, err)
		}
	})
}
