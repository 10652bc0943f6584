package figure

func (c *catalogue) connections() {
	c.group = "connections"
	c.count("connections.attempted", None, "dials begun")
	c.count("connections.open_peak", None, "the most that were open at once")
	c.count("connections.failed", Lower, "dials that ended without a usable connection")
	c.count("connections.refused", Lower, "dials that the target declined")
	c.count("connections.closed_by_target", Lower, "open connections that the target closed")
	c.latency("connect", "from the intended start of the dial to usable")
	c.latency("connect_tcp", "TCP's part of connect")
	c.latency("connect_tls", "TLS's part of connect, of wss:// alone")
	c.latency("connect_upgrade", "the upgrade's part of connect")
	c.latency("connect_welcome", "the welcome's part of connect")
	c.add("connect.rate", PerSecond, Higher, "connections made usable per second while connecting")
	c.latency("away", "from the loss of a connection to usable again")
}

func (c *catalogue) sends() {
	c.group = "sends"
	c.count("sent", None, "messages written for the first time")
	c.count("acked", None, "messages that the target acknowledged")
	c.count("refused", Lower, "messages that the target declined")
	c.count("sends.abandoned", Lower, "due while cut off, beyond what a session may keep waiting")
	c.count("sends.skipped", None, "not due, because an event had put their user offline")
	c.count("payload.grown", None, "bodies made longer to hold the header that the checks need")
	c.add("send.rate", PerSecond, None, "messages sent per second of the measured phases")
	c.latency("ack", "from the intended send to the sender's acknowledgement")
}

func (c *catalogue) deliveries() {
	c.group = "deliveries"
	c.count("expected", None, "pairs of an acknowledged message and a receiver that it is owed to")
	c.count("delivered", None, "distinct pairs of those that arrived")
	c.add("delivery.rate", PerSecond, Higher, "deliveries per second of the measured phases")
	c.latency("delivery", "from the intended send to arrival at a receiver that was ready all the while")
	c.latency("delivery_local", "delivery where sender and receiver share one agent's clock")
	c.count("delivery.unfinished", Lower, "owed and never arrived: not in the percentiles")
	c.count("delivery.negative", Lower, "arrived before they were due by the clocks: ranked lowest")
	c.latency("catchup", "from the intended send to arrival at a receiver that was away")
	c.latency("resume", "from the dial to the last missed message")
	c.latency("receipt", "from a read cursor's move to another member that learns of it")
	c.latency("push", "from the intended send to the hand-over for a user who is offline")
	c.count("push.missing", Lower, "notifications owed to offline users and never handed over")
	c.count("push.excess", Lower, "notifications beyond one per user, conversation and interval")
	c.add("wire.bytes_sent", Bytes, Lower, "bytes that the generator wrote")
	c.add("wire.bytes_received", Bytes, Lower, "bytes that the generator read")
}

func (c *catalogue) correctness() {
	c.group = "correctness"
	c.count("lost", Lower, "acknowledged, owed to a receiver and never delivered to it")
	c.count("unacknowledged", Lower, "sent, neither acknowledged nor refused")
	c.count("recovered", None, "never acknowledged, yet delivered")
	c.count("duplicates.wire", Lower, "deliveries of what that receiver already had")
	c.add("duplicates.wire_ratio", Ratio, Lower, "duplicates.wire as a share of all deliveries")
	c.count("duplicates.after_reconnect", Lower, "duplicates.wire between a reconnect and synced")
	c.count("duplicates.residual", Lower, "duplicates that a client's own dedupe would let through")
	c.count("order.violations", Lower, "a sender's counters or a conversation's seqs went back")
	c.count("order.disagreements", Lower, "blocks of which two receivers saw two orders")
	c.count("order.blocks_compared", None, "blocks of 1,024 seqs compared between receivers")
	c.count("double_stored", Lower, "one ref stored under two seqs")
	c.count("phantom", Lower, "received, never sent in this run")
	c.count("foreign", Lower, "received from another run")
	c.count("misdelivered", Lower, "arrived at a non-member or in another conversation")
	c.count("corrupted", Lower, "arrived with a body that its checksum does not fit")
	c.count("owed.offline", None, "owed to sessions that the scenario never let return")
	c.count("receipt.lost", Lower, "final read cursors that a member never learned")
	c.count("gaps", None, "holes seen live")
	c.latency("gap_heal", "from a hole seen live to its filling")
	c.count("cursor.regressions", Lower, "read cursors that went back")
}

func (c *catalogue) target() {
	c.group = "target"
	c.add("target.rss", Bytes, Lower, "the most resident memory seen")
	c.add("target.rss_baseline", Bytes, Lower, "resident memory of the warmed-up, empty server")
	c.add("target.bytes_per_connection", Bytes, Lower, "resident memory above the baseline per idle connection, after a forced collection")
	c.add("target.bytes_per_connection_unforced", Bytes, Lower, "the same without the forced collection")
	c.add("target.bytes_per_connection_after", Bytes, Lower, "target.bytes_per_connection again, after traffic")
	c.add("target.kernel_bytes_per_connection", Bytes, Lower, "the host's socket memory per connection, both ends where both are on this host")
	c.add("target.cpu_per_100k_idle", Cores, Lower, "cores busy per 100,000 idle connections")
	c.add("target.loop_busy", Ratio, Lower, "share of time that its event loops were busy")
	c.count("target.pings", None, "pings that it sent to silent connections in the measured phases")
	c.count("target.pongs", None, "pongs that it received in the measured phases")
	c.add("target.pongs_per_connection", Factor, None, "target.pongs over connections.open_peak: from 1 on, all were pinged and answered")
	c.count("target.store_writes", Lower, "write operations of its message log")
	c.add("target.store_bytes", Bytes, Lower, "bytes that its message log wrote to disk")
	c.add("target.write_amplification", Factor, Lower, "bytes written to disk per byte of message")
	c.add("target.cpu_seconds", Seconds, Lower, "CPU time used in the measured phases")
	c.add("target.deliveries_per_cpu_second", PerSecond, Higher, "deliveries per second of its CPU time")
	c.add("target.cpu_per_delivery", Nanoseconds, Lower, "its CPU time per delivery")
	c.add("target.heap", Bytes, Lower, "the most Go heap seen in use")
	c.count("target.heap_objects", Lower, "the most objects seen on its Go heap, garbage among them")
	c.add("target.heap_objects_per_connection", Factor, Lower, "objects on its Go heap above the baseline per idle connection, after a forced collection")
	c.count("target.goroutines", Lower, "the most goroutines seen")
	c.add("target.gc_pause.p99", Nanoseconds, Lower, "99% of garbage collection pauses were no longer")
}

func (c *catalogue) generator() {
	c.group = "generator"
	c.latency("generator.late", "actual minus intended send: the generator's own lateness")
	c.add("generator.cpu_seconds", Seconds, Lower, "CPU time of all agents in the measured phases")
	c.add("generator.cpu_wait_ratio", Ratio, Lower, "share of runnable time that agents waited for a core")
	c.add("generator.cpu_wait", Cores, Lower, "cores that agents lacked: seconds of waiting for one, per second")
	c.add("generator.rss", Bytes, Lower, "the most resident memory seen, summed over agents")
	c.add("generator.bytes_per_connection", Bytes, Lower, "resident memory above the baseline per connection, summed over agents")
	c.add("generator.deliveries_per_cpu_second", PerSecond, Higher, "checked deliveries per second of agents' CPU time")
	c.add("clock.error", Nanoseconds, Lower, "the bound on the error between agents' clocks")
}
