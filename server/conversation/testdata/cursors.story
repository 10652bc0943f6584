# Cursors move forward. Readers' cursors are told to everyone but the connection
# that moved them; delivered cursors are told to nobody.
conversation c1 group ann bob eve
ann/phone connects
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S1","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1},"first":1}]}
ann/tablet connects
	ann/tablet < {"op":"welcome","user":"ann","device":"tablet","stream":"S2","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/tablet < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1},"first":1}]}
bob/phone connects
	bob/phone < {"op":"welcome","user":"bob","device":"phone","stream":"S3","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/phone < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1},"first":1}]}
bob/phone says {"op":"send","conv":"c1","n":1,"body":"1"}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"bob","body":"1"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"bob","body":"1"}
	bob/phone < {"op":"ack","conv":"c1","stream":"S3","n":1,"epoch":1,"seq":1}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"bob","body":"1"}
bob/phone says {"op":"send","conv":"c1","n":2,"body":"2"}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"2"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"2"}
	bob/phone < {"op":"ack","conv":"c1","stream":"S3","n":2,"epoch":1,"seq":2}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"2"}
bob/phone says {"op":"send","conv":"c1","n":3,"body":"3"}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"3"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"3"}
	bob/phone < {"op":"ack","conv":"c1","stream":"S3","n":3,"epoch":1,"seq":3}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"3"}
ann/phone says {"op":"delivered","conv":"c1","epoch":1,"seq":3}
ann/phone says {"op":"read","conv":"c1","epoch":1,"seq":2}
	ann/tablet < {"op":"receipt","conv":"c1","user":"ann","epoch":1,"seq":2}
	bob/phone < {"op":"receipt","conv":"c1","user":"ann","epoch":1,"seq":2}
ann/tablet says {"op":"read","conv":"c1","epoch":1,"seq":1}

# Those of one batch are coalesced: only the newest counts.
log waits
ann/phone says {"op":"read","conv":"c1","epoch":1,"seq":2}
ann/tablet says {"op":"read","conv":"c1","epoch":1,"seq":3}
bob/phone says {"op":"read","conv":"c1","epoch":1,"seq":1}
bob/phone says {"op":"read","conv":"c1","epoch":1,"seq":3}
log commits
	ann/phone < {"op":"receipt","conv":"c1","user":"ann","epoch":1,"seq":3}
	ann/phone < {"op":"receipt","conv":"c1","user":"bob","epoch":1,"seq":3}
	ann/tablet < {"op":"receipt","conv":"c1","user":"bob","epoch":1,"seq":3}
	bob/phone < {"op":"receipt","conv":"c1","user":"ann","epoch":1,"seq":3}

# A reconnect finds them: delivered is the session's, read is the user's.
ann/phone disconnects
ann/phone connects
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S4","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1,"seq":3},"first":1,"delivered":{"epoch":1,"seq":3},"read":{"epoch":1,"seq":3}}]}
ann/tablet disconnects
ann/tablet connects
	ann/tablet < {"op":"welcome","user":"ann","device":"tablet","stream":"S5","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/tablet < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1,"seq":3},"first":1,"read":{"epoch":1,"seq":3}}]}

# A cursor behind the head, or in another epoch, is forged.
eve/phone connects
	eve/phone < {"op":"welcome","user":"eve","device":"phone","stream":"S6","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	eve/phone < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1,"seq":3},"first":1}]}
eve/phone says {"op":"read","conv":"c1","epoch":1,"seq":4}
	eve/phone < {"op":"error","code":"bad_request","text":"the cursor lies behind the head or in an unknown epoch","re":"read","conv":"c1"}
	eve/phone closed 4400 the cursor lies behind the head or in an unknown epoch
eve/phone says {"op":"send","conv":"c1","n":1,"body":"nobody listens any more"}
eve/tablet connects
	eve/tablet < {"op":"welcome","user":"eve","device":"tablet","stream":"S7","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	eve/tablet < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1,"seq":3},"first":1}]}
eve/tablet says {"op":"delivered","conv":"c1","epoch":2,"seq":1}
	eve/tablet < {"op":"error","code":"bad_request","text":"the cursor lies behind the head or in an unknown epoch","re":"delivered","conv":"c1"}
	eve/tablet closed 4400 the cursor lies behind the head or in an unknown epoch
eve/watch connects
	eve/watch < {"op":"welcome","user":"eve","device":"watch","stream":"S8","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	eve/watch < {"op":"state","states":[{"conv":"c1","kind":"group","head":{"epoch":1,"seq":3},"first":1}]}
eve/watch says {"op":"read","conv":"c9","epoch":1,"seq":1}
	eve/watch < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"read","conv":"c9"}
