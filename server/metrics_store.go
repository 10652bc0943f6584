package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed886cd727/throng/server/conversation"
)

type logStats = conversation.LogStats

func (s *Server) measureStore(r *prometheus.Registry) {
	f := &sheet[logStats]{read: s.log.Stats}
	f.counter("store_appends_total", "Messages and changes of members stored.", func(n logStats) float64 { return float64(n.Appends) })
	f.counter("store_duplicates_total", "Writes that were stored before.", func(n logStats) float64 { return float64(n.Duplicates) })
	f.counter("store_refused_total", "Writes that the log refused.", func(n logStats) float64 { return float64(n.Refused) })
	f.counter("store_batches_total", "Commits, each with one fsync where durability asks for it.", func(n logStats) float64 { return float64(n.Batches) })
	f.counter("store_writes_total", "Keys written.", func(n logStats) float64 { return float64(n.StoreWrites) })
	f.counter("store_logical_bytes_total", "Bytes of keys and values written.", func(n logStats) float64 { return float64(n.LogicalBytes) })
	f.counter("store_bytes_total", "Bytes that the store wrote to its files: log, flushes and compactions.", func(n logStats) float64 { return float64(n.StoreBytes) })
	f.counter("store_fsync_seconds_total", "Time spent in commits.", func(n logStats) float64 { return n.FsyncSeconds })
	f.gauge("store_queue", "Writes that wait for the log.", func(n logStats) float64 { return float64(n.Queued) })
	r.MustRegister(f)
}
