package server

func measureCompression(f *sheet[netStats]) {
	f.counter("compression_connections_total", "Upgrades that agreed on permessage-deflate.", func(n netStats) float64 { return float64(n.Compression.Agreed) })
	f.counter("compression_deflated_total", "Messages compressed, each once however many connections it went to.", func(n netStats) float64 { return float64(n.Compression.Deflated) })
	f.counter("compression_deflated_input_bytes_total", "Their bytes before.", func(n netStats) float64 { return float64(n.Compression.DeflateIn) })
	f.counter("compression_deflated_output_bytes_total", "Their bytes after.", func(n netStats) float64 { return float64(n.Compression.DeflateOut) })
	f.counter("compression_incompressible_total", "Messages sent as they were because compressing did not make them shorter.", func(n netStats) float64 { return float64(n.Compression.Incompressible) })
	f.counter("compression_inflated_total", "Compressed messages received.", func(n netStats) float64 { return float64(n.Compression.Inflated) })
	f.counter("compression_inflated_input_bytes_total", "Their bytes before inflating.", func(n netStats) float64 { return float64(n.Compression.InflateIn) })
	f.counter("compression_inflated_output_bytes_total", "Their bytes after inflating.", func(n netStats) float64 { return float64(n.Compression.InflateOut) })
}
