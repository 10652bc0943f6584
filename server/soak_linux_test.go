package server

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestSoak has hundreds of clients come and go in every way that there is, for some
// seconds or as long as THRONG_SOAK says (30m). When all have gone the server
// must hold what it held after a first round of the same: no more goroutines, no
// more sockets, and no more memory but for a few megabytes.
func TestSoak(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv("THRONG_SOAK"))
	if err != nil {
		long = 6 * time.Second
	}
	k := newSoak(t, serve(t, build(t), t.TempDir(), "os"))
	// Who came in the last ten seconds is still on the list of those whose hello may
	// be late: in a short form that is everyone.
	k.spare, k.pause = 24<<20, 300*time.Millisecond
	if long >= time.Minute {
		k.spare, k.pause, k.rest = 2<<20, 2*time.Second, 11*time.Second
	}
	warm := max(long/20, 2*time.Second)
	k.round(warm)
	before := k.weigh()
	t.Logf("after %v: %v", warm, before)
	k.round(long)
	after := k.weigh()
	t.Logf("after %v: %v", warm+long, after)
	k.compare(before, after)
	for i, way := range leavings {
		if k.left[i].Load() < 3 {
			t.Errorf("%s: only %d left like that", way.name, k.left[i].Load())
		}
	}
	_ = k.cmd.Process.Kill()
	k.end()
}

// soak is a server that clients come to and go from.
type soak struct {
	*process
	http  http.Client   // a connection for each request: an idle one would be a goroutine of the server
	pause time.Duration // a client's, at most
	rest  time.Duration // before it is looked what the server holds
	spare int64         // bytes that its heap may be larger
	alive atomic.Int64
	left  []atomic.Int64 // of each way to leave
}

const (
	soakClients = 300
	soakRooms   = 60
)

func newSoak(t *testing.T, p *process) *soak {
	k := &soak{process: p, left: make([]atomic.Int64, len(leavings))}
	k.http.Transport = &http.Transport{DisableKeepAlives: true}
	var lines strings.Builder
	for room := range soakRooms {
		fmt.Fprintf(&lines, `{"conv":"r%d","kind":"group","members":["flood"`, room)
		for user := range soakClients {
			if user%soakRooms == room {
				fmt.Fprintf(&lines, `,"u%d"`, user)
			}
		}
		fmt.Fprintln(&lines, "]}")
	}
	fmt.Fprintln(&lines, `{"conv":"flood","kind":"group","members":["flood","slow0","slow1","slow2"]}`)
	k.post("/v1/conversations", lines.String())
	return k
}

func (k *soak) post(path, body string) {
	k.Helper()
	resp, err := k.http.Post("http://"+k.admin+path, "application/x-ndjson", strings.NewReader(body))
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode/100 != 2 {
		k.Fatalf("%s: %s %s", path, resp.Status, text)
	}
}

// round has all clients come and go for a time. When it returns all have left.
func (k *soak) round(length time.Duration) {
	end := time.Now().Add(length)
	var clients sync.WaitGroup
	for i := range soakClients {
		clients.Go(func() {
			for n := i; time.Now().Before(end); n++ {
				k.visit(i, n%len(leavings))
			}
		})
	}
	clients.Go(func() {
		for time.Now().Before(end) {
			k.flood(end)
		}
	})
	over := make(chan struct{})
	go func() { clients.Wait(); close(over) }()
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
			k.Logf("%v to go: %d clients alive, %d came and went; %v", time.Until(end).Round(time.Second), k.alive.Load(), k.visits(), k.look())
		}
	}
}

func (k *soak) visits() (sum int64) {
	for i := range k.left {
		sum += k.left[i].Load()
	}
	return sum
}

// visit is one client's time there: it comes, talks, and leaves in some way.
func (k *soak) visit(user, way int) {
	v, err := k.come(user)
	if err != nil {
		k.Errorf("u%d: %v", user, err)
		return
	}
	defer func() { _ = v.conn.Close() }()
	k.alive.Add(1)
	defer k.alive.Add(-1)
	l := leavings[way]
	if !l.stranger {
		if err := v.talk(user, 1+rand.IntN(3)); err != nil {
			k.Errorf("u%d: %v", user, err)
			return
		}
		time.Sleep(rand.N(k.pause))
	}
	if err := l.leave(v); err != nil {
		k.Errorf("u%d, %s: %v", user, l.name, err)
		return
	}
	k.left[way].Add(1)
}

// holding is what the server holds.
type holding struct {
	goroutines, sockets, files int
	heap, anonymous            int64 // bytes; the second is in memory and no file's: the program itself comes in page by page
}

func (h holding) String() string {
	return fmt.Sprintf("%d goroutines, %d sockets, %d other files, heap %.1f MiB, memory %.1f MiB",
		h.goroutines, h.sockets, h.files, float64(h.heap)/(1<<20), float64(h.anonymous)/(1<<20))
}

// weigh collects garbage and looks until it finds no less any more: the requests
// themselves are connections, which take a moment to go.
func (k *soak) weigh() (least holding) {
	k.Helper()
	time.Sleep(k.rest)
	least = k.look()
	for calm, end := 0, time.Now().Add(2*patience); calm < 20 && time.Now().Before(end); calm++ {
		if calm < 10 { // the log tidies its files up behind it, on goroutines of its own
			k.post("/v1/gc", "")
		}
		time.Sleep(100 * time.Millisecond)
		now := k.look()
		if now.goroutines < least.goroutines || now.sockets < least.sockets {
			calm = 0
		}
		least.goroutines, least.sockets = min(least.goroutines, now.goroutines), min(least.sockets, now.sockets)
		least.files, least.heap, least.anonymous = now.files, now.heap, now.anonymous
	}
	return least
}

func (k *soak) look() (h holding) {
	k.Helper()
	resp, err := k.http.Get("http://" + k.admin + "/metrics")
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	page, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		k.Fatal(err)
	}
	value := func(name string) float64 {
		one := page[name].GetMetric()
		if len(one) != 1 || page[name].GetType() != dto.MetricType_GAUGE {
			k.Fatalf("%s is not on the page", name)
		}
		return one[0].GetGauge().GetValue()
	}
	h.goroutines, h.heap, h.anonymous = int(value("go_goroutines")), int64(value("go_memstats_heap_inuse_bytes")), k.anonymous()
	h.sockets, h.files = k.descriptors()
	return h
}

// descriptors counts those of the server's process. Files of the log come and go
// with its compactions.
func (k *soak) descriptors() (sockets, others int) {
	dir := "/proc/" + strconv.Itoa(k.cmd.Process.Pid) + "/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		k.Fatal(err)
	}
	for _, e := range entries {
		switch to, err := os.Readlink(filepath.Join(dir, e.Name())); {
		case err != nil: // closed meanwhile
		case strings.HasPrefix(to, "socket:"):
			sockets++
		default:
			others++
		}
	}
	return sockets, others
}

// anonymous is the memory of the server's process that is no file's.
func (k *soak) anonymous() int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(k.cmd.Process.Pid) + "/status")
	if err != nil {
		k.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				k.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	k.Fatal("status does not tell RssAnon")
	return 0
}

func (k *soak) compare(before, after holding) {
	const (
		spareFiles  = 40       // files of the log: a few a level, and what is deleted but still read
		spareMemory = 16 << 20 // the log's buffers grow to 4 MiB each, off the heap, and the runtime's own follow the highest load
	)
	if after.goroutines > before.goroutines || after.sockets > before.sockets || after.files > before.files+spareFiles ||
		after.heap > before.heap+k.spare || after.anonymous > before.anonymous+k.spare+spareMemory {
		resp, err := k.http.Get("http://" + k.admin + "/debug/pprof/goroutine?debug=1")
		var text bytes.Buffer
		if err == nil {
			_, _ = io.Copy(&text, io.LimitReader(resp.Body, 4<<10))
			_ = resp.Body.Close()
		}
		k.Errorf("%d came and went, and left something behind: %v; it was %v\n%s", k.visits(), after, before, &text)
	}
}
