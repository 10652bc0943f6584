# Two people, one conversation. What ann says, both hear, in one order; ann is
# told besides that it is safe.
conversation c1 direct ann bob
conversation c2 direct ann eve
ann/phone connects
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S1","node":"n1","conversations":2,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1},{"conv":"c2","kind":"direct","head":{"epoch":1},"first":1}]}
bob/phone connects
	bob/phone < {"op":"welcome","user":"bob","device":"phone","stream":"S2","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
ann/phone says {"op":"send","conv":"c1","n":1,"body":"hej"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":1,"epoch":1,"seq":1}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"hej"}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"hej"}
bob/phone says {"op":"send","conv":"c1","n":1,"body":"hej hej"}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"hej hej"}
	bob/phone < {"op":"ack","conv":"c1","stream":"S2","n":1,"epoch":1,"seq":2}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"hej hej"}

# The same ref again: the same seq, nothing stored, nobody else hears of it.
ann/phone says {"op":"send","conv":"c1","n":1,"body":"hej"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":1,"epoch":1,"seq":1,"duplicate":true}

# Somebody else's conversation, and one that does not exist, look the same.
bob/phone says {"op":"send","conv":"c2","n":2,"body":"psst"}
	bob/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"send","conv":"c2","stream":"S2","n":2}
bob/phone says {"op":"send","conv":"c9","n":2,"body":"psst"}
	bob/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"send","conv":"c9","stream":"S2","n":2}

# A direct conversation keeps its two.
eve/phone connects
	eve/phone < {"op":"welcome","user":"eve","device":"phone","stream":"S3","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	eve/phone < {"op":"state","states":[{"conv":"c2","kind":"direct","head":{"epoch":1},"first":1}]}
eve/phone says {"op":"join","id":7,"conv":"c1"}
	eve/phone < {"op":"error","code":"not_allowed","text":"a direct conversation has the members that it was made with","re":"join","id":7,"conv":"c1"}
bob/phone says {"op":"leave","id":8,"conv":"c1"}
	bob/phone < {"op":"error","code":"not_allowed","text":"a direct conversation keeps its members","re":"leave","id":8,"conv":"c1"}

ann/phone says {"op":"heartbeat","id":3}
	ann/phone < {"op":"heartbeat","id":3}
ann/phone disconnects
bob/phone says {"op":"send","conv":"c1","n":3,"body":"gone?"}
	bob/phone < {"op":"ack","conv":"c1","stream":"S2","n":3,"epoch":1,"seq":3}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"gone?"}
