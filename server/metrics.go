package server

import (
	"net/http"
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics serves what the parts count themselves: it is read when asked for, so
// counting costs what an atomic addition costs.
func (s *Server) metrics() http.Handler {
	r := prometheus.NewRegistry()
	pauses := collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile(`^/sched/pauses/total/gc:seconds$`)}
	r.MustRegister(collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(pauses)), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "throng_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": s.config.Version, "node": s.config.Rules.Node},
	})
	info.Set(1)
	r.MustRegister(info)
	s.measureConnections(figures{r})
	s.measureNetwork(r)
	s.measureChat(figures{r})
	s.measureStore(r)
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// loaded reads an atomic counter.
func loaded(c interface{ Load() uint64 }) func() float64 {
	return func() float64 { return float64(c.Load()) }
}

// figures registers functions to be read at each scrape.
type figures struct{ r *prometheus.Registry }

func (f figures) gauge(name, help string, read func() float64) {
	f.r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "throng_" + name, Help: help}, read))
}

func (f figures) counter(name, help string, read func() float64) {
	f.r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "throng_" + name, Help: help}, read))
}

func (s *Server) measureChat(f figures) {
	c := s.counts
	f.gauge("sessions", "Sessions that are known by their user.", func() float64 { return float64(s.users.Len()) })
	f.gauge("rooms", "Conversations that someone listens to.", func() float64 { return float64(s.rooms.Len()) })
	f.gauge("worker_queue", "Hellos, joins and syncs under way.", func() float64 { return float64(s.service.Waiting()) })
	f.gauge("publish_queue", "Batches of the log that wait to be told.", func() float64 { return float64(s.publishers.Waiting()) })
	f.counter("welcomes_total", "Hellos that were answered with a welcome.", loaded(&c.Welcomed))
	f.counter("replaced_total", "Sessions that came back on another connection.", loaded(&c.Replaced))
	f.counter("requests_total", "Requests received.", loaded(&s.gateway.Received))
	f.counter("malformed_total", "Of them, those that were no request.", loaded(&s.gateway.Malformed))
	f.counter("sends_total", "Sends handed to the log.", loaded(&c.Sends))
	f.counter("acks_total", "Acknowledgements of sends, joins and leaves.", loaded(&c.Acks))
	f.counter("duplicates_total", "Of them, those of what was stored before.", loaded(&c.Duplicates))
	f.counter("errors_total", "Requests refused with an error.", loaded(&c.Refused))
	f.counter("body_bytes_total", "Bytes of the bodies that were stored.", loaded(&c.BodyBytes))
	f.counter("messages_total", "Messages published, each once however many listen.", loaded(&c.Messages))
	f.counter("members_total", "Changes of members published.", loaded(&c.Members))
	f.counter("receipts_total", "Read cursors published.", loaded(&c.Receipts))
	f.counter("syncs_total", "Range requests accepted.", loaded(&c.Syncs))
	f.counter("sync_entries_total", "Entries sent for them.", loaded(&c.SyncEntries))
	f.counter("published_writes_total", "Writes of the log that were told.", loaded(&c.Published))
	f.counter("published_batches_total", "Batches in which they were told.", loaded(&c.PublishedInBatch))
}
