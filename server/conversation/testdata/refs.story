# Refs are judged by the time that stands in their stream, without a lookup.
conversation c1 direct ann bob
ann/phone connects MINE
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"MINE","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000,"resumed":true}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
ann/phone says {"op":"send","conv":"c1","n":1,"body":"on the session's stream"}
	ann/phone < {"op":"ack","conv":"c1","stream":"MINE","n":1,"epoch":1,"seq":1}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"on the session's stream"}
ann/phone says {"op":"send","conv":"c1","stream":"MINE","n":1,"body":"named, the same"}
	ann/phone < {"op":"ack","conv":"c1","stream":"MINE","n":1,"epoch":1,"seq":1,"duplicate":true}
ann/phone says {"op":"send","conv":"c1","stream":"OLD","n":1,"body":"too old"}
	ann/phone < {"op":"error","code":"ref_too_old","text":"the stream is too old; the next welcome gives a new one","re":"send","conv":"c1","stream":"OLD","n":1}
ann/phone says {"op":"send","conv":"c1","stream":"FUTURE","n":1,"body":"not yet"}
	ann/phone < {"op":"error","code":"ref_in_future","text":"the stream lies in the future","re":"send","conv":"c1","stream":"FUTURE","n":1}
ann/phone says {"op":"send","conv":"c1","stream":"ALIEN","n":1,"body":"no server issued it"}
	ann/phone < {"op":"error","code":"ref_unknown","text":"the stream is no UUIDv7, so no server issued it","re":"send","conv":"c1","stream":"ALIEN","n":1}
ann/phone disconnects

# A session keeps its stream over reconnects: a retry stores nothing twice.
ann/phone connects MINE
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"MINE","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000,"resumed":true}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":1},"first":1}]}
ann/phone says {"op":"send","conv":"c1","n":1,"body":"on the session's stream"}
	ann/phone < {"op":"ack","conv":"c1","stream":"MINE","n":1,"epoch":1,"seq":1,"duplicate":true}
ann/phone says {"op":"send","conv":"c1","n":3,"body":"three"}
	ann/phone < {"op":"ack","conv":"c1","stream":"MINE","n":3,"epoch":1,"seq":2}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"ann","body":"three"}
# What the network held back comes later than its successor, and is new.
ann/phone says {"op":"send","conv":"c1","n":2,"body":"two"}
	ann/phone < {"op":"ack","conv":"c1","stream":"MINE","n":2,"epoch":1,"seq":3}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","body":"two"}
ann/phone disconnects

# A stream that can be used no longer is replaced by a new one.
ann/phone connects OLD
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S1","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":1}]}
ann/phone disconnects
ann/phone connects ALIEN
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S2","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":1}]}

# One that grows too old while connected is refused.
time passes 169h
ann/phone says {"op":"send","conv":"c1","n":9,"body":"after a week"}
	ann/phone < {"op":"error","code":"ref_too_old","text":"the stream is too old; the next welcome gives a new one","re":"send","conv":"c1","stream":"S2","n":9}
