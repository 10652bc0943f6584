package server

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed886cd727/throng/server/admin"
)

// stranger is a client that was written from docs/protocol.md alone: a socket
// and encoding/json.
type stranger struct {
	*testing.T
	conn   net.Conn
	in     *bufio.Reader
	fields map[string]documented
	seen   map[string]bool // operations heard
}

// documented is what docs/protocol.md says of an operation's fields.
type documented struct{ all, always []string }

// object is one JSON object.
type object = map[string]any

// meet connects a stranger.
func meet(n *node, fields map[string]documented, seen map[string]bool) *stranger {
	n.Helper()
	conn, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	c := &stranger{n.T, conn, bufio.NewReader(conn), fields, seen}
	_, _ = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: throng.v1.json\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("Sec-WebSocket-Protocol") != "throng.v1.json" {
		n.Fatalf("%v %v", resp, err)
	}
	return c
}

// say sends a text message, masked with zeros.
func (c *stranger) say(text string) {
	b := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	if len(text) > 0xffff {
		b = binary.BigEndian.AppendUint64([]byte{0x81, 0x80 | 127}, uint64(len(text)))
	}
	_, _ = c.conn.Write(append(append(b, 0, 0, 0, 0), text...)) // what fails shows in what is read
}

// frame reads one frame of the server.
func (c *stranger) frame() (first byte, payload []byte) {
	c.Helper()
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		c.Fatal(err)
	}
	size := uint64(head[1])
	if n := map[byte]int{126: 2, 127: 8}[head[1]]; n > 0 {
		var b [8]byte
		_, _ = io.ReadFull(c.in, b[8-n:])
		size = binary.BigEndian.Uint64(b[:])
	}
	if size > 256<<10 {
		c.Fatalf("a message of %d bytes", size)
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(c.in, payload); err != nil {
		c.Fatal(err)
	}
	return head[0], payload
}

// hear takes the next message, which must be of an operation and must hold the
// documented fields.
func (c *stranger) hear(op string) object {
	c.Helper()
	first, payload := c.frame()
	var o object
	if err := json.Unmarshal(payload, &o); err != nil || first != 0x81 || o["op"] != op {
		c.Fatalf("%.200q came instead of %s", payload, op)
	}
	c.seen[op] = true
	delete(o, "op")
	c.judge(op, o)
	for _, one := range []string{"states", "entries"} {
		if list, ok := o[one].([]any); ok {
			for _, part := range list {
				c.judge(op+"[]", part.(object))
			}
		}
	}
	return o
}

func (c *stranger) judge(op string, o object) {
	c.Helper()
	d, ok := c.fields[op]
	if !ok {
		c.Fatalf("docs/protocol.md does not list the fields of %s", op)
	}
	for name, value := range o {
		if !slices.Contains(d.all, name) {
			c.Errorf("%s has a field %s that is not documented", op, name)
		}
		if value == false || value == "" && name != "body" || value == 0.0 {
			c.Errorf("%s.%s is %v, and there", op, name, value)
		}
	}
	for _, name := range d.always {
		if _, ok := o[name]; !ok {
			c.Errorf("%s has no %s: %v", op, name, o)
		}
	}
}

// end reads up to the close frame and gives its code, and the code of the error
// before it.
func (c *stranger) end() (code int, why string) {
	c.Helper()
	for {
		first, payload := c.frame()
		if first == 0x88 {
			return int(binary.BigEndian.Uint16(payload)), why
		}
		var e struct{ Code string }
		_ = json.Unmarshal(payload, &e)
		why = e.Code
	}
}

// hello connects and says hello, and gives the welcome and the last state.
func (c *stranger) hello(user, device string) (welcome, state object) {
	c.Helper()
	c.say(fmt.Sprintf(`{"op":"hello","user":%q,"device":%q}`, user, device))
	return c.hear("welcome"), c.hear("state")
}

// documentedFields reads the tables of fields.
func documentedFields(t *testing.T) map[string]documented {
	t.Helper()
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, _ := strings.Cut(string(text), "| said by the server | fields |")
	text2, _, _ = strings.Cut(text2, "\n\n")
	fields := make(map[string]documented)
	nested := regexp.MustCompile(` \(each: (.*?)\)`)
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.*) \\|$").FindAllStringSubmatch(text2, -1) {
		if m := nested.FindStringSubmatch(row[2]); m != nil {
			fields[row[1]+"[]"] = namesIn(m[1])
		}
		fields[row[1]] = namesIn(nested.ReplaceAllString(row[2], ""))
	}
	entry := documented{append(fields["message"].all, "change"), []string{"epoch", "seq", "user", "at"}}
	fields["entries[]"] = entry
	fields["ack"] = documented{fields["ack"].all, []string{"conv", "epoch"}} // id, or stream and n
	return fields
}

// namesIn finds the names of fields; those in bold are always there.
func namesIn(text string) (d documented) {
	for _, m := range regexp.MustCompile(`(\*\*)?([a-z][a-z0-9_]+|n)(\*\*)?`).FindAllStringSubmatch(text, -1) {
		d.all = append(d.all, m[2])
		if m[1] != "" && m[2] != "body" && m[2] != "b64" {
			d.always = append(d.always, m[2])
		}
	}
	return d
}

func TestAClientWrittenFromTheDocument(t *testing.T) {
	n := start(t, nil)
	fields, seen := documentedFields(t), make(map[string]bool)
	n.admin("POST", "/v1/conversations", `{"conv":"g","kind":"group","members":["ann","bob"]}`+"\n"+`{"conv":"news","kind":"channel","members":["bob"]}`)
	ann, bob := meet(n, fields, seen), meet(n, fields, seen)
	welcome, state := ann.hello("ann", "phone")
	bob.hello("bob", "desk")
	head := state["states"].([]any)[0].(object)["head"].(object)
	if welcome["conversations"] != 1.0 || head["epoch"] != 1.0 || head["seq"] != nil {
		t.Fatalf("%v %v", welcome, state)
	}

	ann.say(`{"op":"join","id":7,"conv":"g"}`)
	if a := ann.hear("ack"); a["duplicate"] != true || a["seq"] != nil || a["id"] != 7.0 {
		t.Fatalf("joined where it is a member: %v", a)
	}
	ann.say(`{"op":"join","id":8,"conv":"news"}`)
	ann.hear("ack")
	if m := ann.hear("member"); m["change"] != "joined" || m["seq"] != 1.0 || m["user"] != "ann" {
		t.Fatalf("%v", m)
	}
	bob.hear("member")

	ann.say(`{"op":"send","conv":"g","n":1,"b64":"/w==","future":{"a":[null]}}`)
	ann.hear("ack")
	ann.hear("message")
	if m := bob.hear("message"); m["b64"] != "/w==" {
		t.Fatalf("%v", m)
	}
	bob.say(`{"op":"delivered","conv":"g","epoch":1,"seq":1}`)
	bob.say(`{"op":"read","conv":"g","epoch":1,"seq":1}`)
	if r := ann.hear("receipt"); r["user"] != "bob" || r["seq"] != 1.0 {
		t.Fatalf("%v", r)
	}
	ann.say(`{"op":"send","conv":"other","n":2,"body":""}`)
	if e := ann.hear("error"); e["code"] != "not_member" || e["re"] != "send" || e["n"] != 2.0 || e["conv"] != "other" {
		t.Fatalf("%v", e)
	}
	ann.say(`{"op":"heartbeat","id":4}`)
	ann.hear("heartbeat")

	// the largest answers that there are: bodies that JSON writes six times as long
	for i := 3; i <= 6; i++ {
		ann.say(fmt.Sprintf(`{"op":"send","conv":"g","n":%d,"body":"%s"}`, i, strings.Repeat(`\u0001`, 32<<10)))
		ann.hear("ack")
		ann.hear("message")
		bob.hear("message")
	}
	bob.say(`{"op":"sync","id":3,"conv":"g","epoch":1,"from":1}`)
	for next := 1.0; next <= 5; {
		for _, e := range bob.hear("entries")["entries"].([]any) {
			if e.(object)["seq"] != next {
				t.Fatalf("%v instead of %v", e.(object)["seq"], next)
			}
			next++
		}
	}
	if s := bob.hear("synced"); s["to"].(object)["seq"] != 5.0 || s["id"] != 3.0 {
		t.Fatalf("%v", s)
	}
	bob.say(`{"op":"sync","id":9,"conv":"g","from":6}`)
	bob.hear("synced")

	n.admin("POST", "/v1/conversations", `{"conv":"late","kind":"direct","members":["ann","bob"]}`)
	if s := ann.hear("state")["states"].([]any)[0].(object); s["conv"] != "late" {
		t.Fatalf("%v", s)
	}
	n.admin("DELETE", "/v1/conversations", `{"conv":"late"}`)
	ann.say(`{"op":"send","conv":"late","n":7,"body":"x"}`)
	if e := ann.hear("error"); e["code"] != "not_member" {
		t.Fatalf("%v", e)
	}
	ann.say(`{"op":"leave","id":10,"conv":"news"}`)
	ann.hear("ack")
	if m := ann.hear("member"); m["change"] != "left" || m["seq"] != 2.0 {
		t.Fatalf("%v", m)
	}
	n.StartDrain(admin.DrainRequest{Within: time.Second, Reason: "test", Hint: "ws://elsewhere/ws"})
	if d := ann.hear("drain"); d["reason"] != "test" || d["hint"] != "ws://elsewhere/ws" {
		t.Fatalf("%v", d)
	}
	for op := range fields {
		if !strings.HasSuffix(op, "[]") && !seen[op] {
			t.Errorf("%s was not heard", op)
		}
	}
}

func TestOutOfTurn(t *testing.T) {
	n := start(t, nil)
	n.admin("POST", "/v1/conversations", annBob)
	fields := documentedFields(t)
	hello := `{"op":"hello","user":"ann","device":"d"}`
	for _, tt := range []struct {
		name string
		say  string // after a welcome
		code int
		why  string
	}{
		{"second hello", hello, 4400, "bad_request"},
		{"cursor behind the head", `{"op":"read","conv":"c","epoch":1,"seq":9}`, 4400, "bad_request"},
		{"cursor in another epoch", `{"op":"delivered","conv":"c","epoch":2,"seq":1}`, 4400, "bad_request"},
		{"sync from behind the head", `{"op":"sync","id":1,"conv":"c","from":2}`, 4400, "bad_request"},
		{"sync of a range that is none", `{"op":"sync","id":1,"conv":"c","from":2,"to":1}`, 4400, "bad_request"},
		{"sync of another epoch", `{"op":"sync","id":1,"conv":"c","epoch":2,"from":1}`, 4400, "bad_request"},
		{"a number in quotes", `{"op":"send","conv":"c","n":"1","body":"x"}`, 4400, "bad_request"},
		{"null", `{"op":"send","conv":null,"n":1,"body":"x"}`, 4400, "bad_request"},
		{"n of 0", `{"op":"send","conv":"c","n":0,"body":"x"}`, 4400, "bad_request"},
		{"n of 2^53", `{"op":"send","conv":"c","n":9007199254740992,"body":"x"}`, 4400, "bad_request"},
		{"no body", `{"op":"send","conv":"c","n":1}`, 4400, "bad_request"},
		{"two objects", `{"op":"heartbeat"}{}`, 4400, "bad_request"},
		{"a long id", `{"op":"join","id":1,"conv":"` + strings.Repeat("x", 129) + `"}`, 4400, "bad_request"},
		{"above max_frame", strings.Repeat(" ", 256<<10+1), 1009, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := meet(n, fields, make(map[string]bool))
			c.T = t
			c.hello("ann", tt.name)
			c.say(tt.say)
			if code, why := c.end(); code != tt.code || why != tt.why {
				t.Fatalf("closed with %d after %q", code, why)
			}
		})
	}
}
