package server

func (s *Server) measureConnections(f figures) {
	g, read := s.gateway, s.reactor.Stats
	f.gauge("connections", "Connections that are open.", func() float64 { return float64(g.Connections.Load()) })
	f.counter("connections_closed_total", "Connections that ended.", loaded(&g.Closed))
	f.counter("connections_refused_total", "Upgrades refused for want of room or at a drain.", loaded(&g.Refused))
	f.counter("no_hello_total", "Connections that said no hello in time.", loaded(&g.NoHello))
	f.counter("connections_accepted_total", "TCP connections accepted.", func() float64 { return float64(read().Accepted) })
}
