package check

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHeader(t *testing.T) {
	h := Header{Run: 0x01020304, Conversation: 5, Sender: 6, Device: 7, Counter: 8, Due: 9, Length: 50}
	body := AppendBody([]byte("before "), h, 50)
	// The bytes are the format. The checksum was computed by another program.
	const want = "before ~t1AQIDBAAAAAUAAAAGBwAAAAgAAAAAAAAACQAAADJq37Okgff"
	if string(body) != want {
		t.Errorf("the body is\n%s, want\n%s", body, want)
	}
}

func TestBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint32()
		h := Header{number.Draw(t, "run"), number.Draw(t, "conversation"), number.Draw(t, "sender"), rapid.Uint8().Draw(t, "device"), number.Draw(t, "counter"), 0, 0}
		size := rapid.IntRange(0, 300).Draw(t, "size")
		body := AppendBody(nil, h, size)
		if len(body) != max(size, HeaderSize) || !bytes.Equal(body, AppendBody(nil, h, size)) {
			t.Fatalf("%d bytes of %d: %s", len(body), size, body)
		}
		if i := bytes.IndexFunc(body, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }); i >= 0 {
			t.Fatalf("byte %d of %q is not to be printed", i, body)
		}
		h.Length = uint32(len(body))
		if got, err := ParseBody(body); got != h || err != nil {
			t.Fatalf("%+v, %v, want %+v", got, err, h)
		}
		at := rapid.IntRange(0, len(body)*8-1).Draw(t, "bit")
		body[at/8] ^= 1 << (at % 8)
		if _, err := ParseBody(body); err == nil {
			t.Fatalf("bit %d was turned and not noticed", at)
		}
	})
}

func TestParseBody(t *testing.T) {
	good := string(AppendBody(nil, Header{Run: 1, Due: math.MaxInt64}, 60))
	for body, want := range map[string]error{
		"":                                 ErrNoHeader,
		"hello":                            ErrNoHeader,
		good[:HeaderSize-1]:                ErrNoHeader,
		" " + good:                         ErrNoHeader,
		good[:HeaderSize]:                  ErrCorrupted, // cut short
		good + "x":                         ErrCorrupted,
		good[:10] + "\n\n\n\n" + good[14:]: ErrCorrupted,
		good[:HeaderSize-1] + "!" + good[HeaderSize:]: ErrCorrupted,
		good:                               nil,
		good[:39] + "\n\n\n\n" + good[43:]: ErrCorrupted,
		string(miscounted()):               ErrCorrupted,
	} {
		// What was read before must not make up for what is missing.
		var raw [rawSize]byte
		if _, err := parse([]byte(good), &raw); err != nil {
			t.Fatal(err)
		}
		if _, err := parse([]byte(body), &raw); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", body, err, want)
		}
	}
}

// miscounted has a checksum that fits, and a length that does not.
func miscounted() []byte {
	var raw [rawSize]byte
	h := Header{Run: 1, Length: HeaderSize + 1}
	h.put(raw[:])
	body := make([]byte, HeaderSize)
	binary.BigEndian.PutUint32(raw[fields:], checksum(raw[:fields], body))
	return base64.RawURLEncoding.AppendEncode([]byte(magic), raw[:])
}

func TestInventedBody(t *testing.T) {
	body := AppendBody(nil, Header{Run: 1, Counter: 5}, 60)
	h, err := ParseBody(Invent(body))
	if want := (Header{Run: 1, Counter: 5 | 1<<31, Length: 60}); h != want || err != nil {
		t.Errorf("%+v, %v", h, err)
	}
	kept := append([]byte(nil), "hello world"...)
	if got := Invent(kept[:5]); string(got) != "hellox" || string(kept) != "hello world" {
		t.Errorf("%q, and the body's array is now %q", got, kept)
	}
}

func FuzzParseBody(f *testing.F) {
	f.Add(AppendBody(nil, Header{Run: 1}, 60))
	f.Add([]byte("~t1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := ParseBody(body)
		switch {
		case err == nil && int(h.Length) != len(body):
			t.Fatalf("%d bytes say that they are %d", len(body), h.Length)
		case err == nil && !bytes.Equal(AppendBody(nil, h, len(body))[:HeaderSize-6], body[:HeaderSize-6]):
			t.Fatalf("%q is not how %+v is written", body, h)
		case err != nil && !errors.Is(err, ErrNoHeader) && !errors.Is(err, ErrCorrupted):
			t.Fatal(err)
		}
		if mad := Invent(body); bytes.Equal(mad, body) && h.Counter < 1<<31 {
			t.Fatalf("%q is its own invention", body)
		}
	})
}

// FuzzMessage: whatever a server sends, nothing panics and the figures add up.
func FuzzMessage(f *testing.F) {
	f.Add(AppendBody(nil, Header{Run: 1, Counter: 1}, 60), uint64(1), uint64(1<<40), uint32(1), uint8(0))
	f.Add([]byte("hello"), uint64(0), uint64(math.MaxUint64), uint32(2), uint8(3))
	f.Fuzz(func(t *testing.T, body []byte, one, two uint64, epoch uint32, how uint8) {
		c := New(Config{Run: 1, Places: []uint32{2}, ReceiptMembers: 2, Report: func(Finding) {}})
		c.Sent(0, Sender{}, 3)
		for _, seq := range []uint64{one, two, one + 1, two - 1, one} {
			p := Position{epoch, seq}
			c.Message(Receiver{0, 0}, p, body, How(how), 0)
			c.Message(Receiver{0, 1}, p, AppendBody(nil, Header{Run: 1, Counter: uint32(seq)}, 0), How(how), 0)
			c.Change(Receiver{0, 0}, p, How(how), 0)
			c.Acked(0, Sender{}, uint32(seq), p, false, 0)
			c.StartAt(Receiver{0, 0}, seq)
			c.ReadMoved(0, 0, p, 0)
			c.Receipt(Receiver{0, 1}, 0, p, 0)
		}
		r := c.Finish()
		if r["expected"] != r["delivered"]+r["lost"] || r["delivered"] > c.Deliveries() || r["lost"] < c.Owed() {
			t.Fatalf("%v, and %d are owed", r, c.Owed())
		}
	})
}
