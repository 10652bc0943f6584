package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed886cd727/throng/netio"
)

func (s *Server) measureConnections(f figures) {
	g := s.gateway
	f.gauge("connections", "Connections that are open.", func() float64 { return float64(g.Connections.Load()) })
	f.counter("connections_closed_total", "Connections that ended.", loaded(&g.Closed))
	f.counter("connections_refused_total", "Upgrades refused for want of room or at a drain.", loaded(&g.Refused))
	f.counter("no_hello_total", "Connections that said no hello in time.", loaded(&g.NoHello))
}

type netStats = netio.Stats

func (s *Server) measureNetwork(r *prometheus.Registry) {
	f := &sheet[netStats]{read: s.reactor.Stats}
	f.gauge("loops", "Event loops that connections are on.", func(n netStats) float64 { return float64(len(n.Busy)) })
	f.counter("loop_busy_seconds_total", "Time in which event loops did not wait, over all of them.", busySeconds)
	f.counter("connections_accepted_total", "TCP connections accepted.", func(n netStats) float64 { return float64(n.Accepted) })
	f.counter("connections_upgraded_total", "Of them, those that became WebSockets.", func(n netStats) float64 { return float64(n.Upgraded) })
	f.counter("connections_http_total", "Of them, those that were plain HTTP.", func(n netStats) float64 { return float64(n.HandedOver) })
	f.counter("connections_refused_full_total", "Connections refused, before anything was read, for want of room.", func(n netStats) float64 { return float64(n.RefusedFull) })
	f.counter("connections_refused_address_total", "The same, because their address has as many as it may.", func(n netStats) float64 { return float64(n.RefusedAddress) })
	f.counter("connections_refused_rate_total", "The same, because too many came at once.", func(n netStats) float64 { return float64(n.RefusedRate) })
	f.counter("connections_refused_address_rate_total", "The same, because too many came from their address at once.", func(n netStats) float64 { return float64(n.RefusedAddressRate) })
	f.counter("connections_refused_files_total", "The same, because no file was left.", func(n netStats) float64 { return float64(n.RefusedFiles) })
	f.counter("handshakes_late_total", "Connections closed because their upgrade took too long.", func(n netStats) float64 { return float64(n.LateHandshakes) })
	f.counter("messages_late_total", "Connections closed because a message took too long from its first byte to its last.", func(n netStats) float64 { return float64(n.LateMessages) })
	f.counter("connections_evicted_total", "Connections closed because too much was incomplete.", func(n netStats) float64 { return float64(n.Evicted) })
	f.counter("accept_errors_total", "Times that a connection could not be accepted.", func(n netStats) float64 { return float64(n.AcceptErrors) })
	f.counter("connections_slow_total", "Connections closed because too much waited for them, or for too long.", func(n netStats) float64 { return float64(n.Slow) })
	f.counter("connections_dead_total", "Connections closed because they were silent for two heartbeats.", func(n netStats) float64 { return float64(n.Dead) })
	f.counter("pings_total", "Pings sent to connections that were silent.", func(n netStats) float64 { return float64(n.Pings) })
	f.counter("pongs_total", "Pongs received.", func(n netStats) float64 { return float64(n.Pongs) })
	f.counter("connections_malformed_total", "Connections closed for breaking the WebSocket protocol.", func(n netStats) float64 { return float64(n.Malformed) })
	f.counter("tls_handshakes_total", "TLS handshakes that succeeded.", func(n netStats) float64 { return float64(n.TLSDone) })
	f.counter("tls_handshakes_failed_total", "TLS handshakes that failed or were cut.", func(n netStats) float64 { return float64(n.TLSFailed) })
	f.gauge("tls_handshakes_under_way", "TLS handshakes that run or wait for their turn.", func(n netStats) float64 { return float64(n.TLSUnderWay) })
	f.counter("frames_received_total", "Whole messages received.", func(n netStats) float64 { return float64(n.Messages) })
	f.counter("frames_sent_total", "Frames queued for peers.", func(n netStats) float64 { return float64(n.FramesQueued) })
	f.counter("socket_writes_total", "System calls that wrote.", func(n netStats) float64 { return float64(n.Writes) })
	f.counter("bytes_received_total", "Bytes read from connections.", func(n netStats) float64 { return float64(n.BytesIn) })
	f.counter("bytes_sent_total", "Bytes written to connections.", func(n netStats) float64 { return float64(n.BytesOut) })
	measureCompression(f)
	r.MustRegister(f)
}

func busySeconds(n netStats) (sum float64) {
	for _, one := range n.Busy {
		sum += one.Seconds()
	}
	return sum
}
