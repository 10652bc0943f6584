# The first word is a hello, and nothing is said before the welcome.
conversation c1 direct ann bob
conversation c2 direct ann eve
ann/phone opens
ann/phone says {"op":"send","conv":"c1","n":1,"body":"hej"}
	ann/phone < {"op":"error","code":"bad_request","text":"the first request is a hello","re":"send","conv":"c1","n":1}
	ann/phone closed 4400 the first request is a hello
ann/tablet connects
	ann/tablet < {"op":"welcome","user":"ann","device":"tablet","stream":"S1","node":"n1","conversations":2,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/tablet < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1},{"conv":"c2","kind":"direct","head":{"epoch":1},"first":1}]}
ann/tablet says {"op":"hello","user":"ann","device":"tablet"}
	ann/tablet < {"op":"error","code":"bad_request","text":"hello was said already","re":"hello"}
	ann/tablet closed 4400 hello was said already
ann/watch opens
ann/watch says {"op":"hello","user":"ann","device":"watch","token":"bad"}
	ann/watch < {"op":"error","code":"unauthorized","text":"the token is bad","re":"hello"}
	ann/watch closed 4401 unauthorized
ann/mars opens
ann/mars says {"op":"hello","device":"mars"}
	ann/mars < {"op":"error","code":"unauthorized","text":"a user's id has 1 to 128 bytes","re":"hello"}
	ann/mars closed 4401 unauthorized

# A session that comes back takes over from its old connection, which is not
# heard any more.
bob/phone connects MINE
	bob/phone < {"op":"welcome","user":"bob","device":"phone","stream":"MINE","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000,"resumed":true}
	bob/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
bob/phone' connects MINE
	bob/phone closed 4409 the session came back on another connection
	bob/phone' < {"op":"welcome","user":"bob","device":"phone","stream":"MINE","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000,"resumed":true}
	bob/phone' < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
bob/phone says {"op":"send","conv":"c1","n":1,"body":"from the old one"}
bob/phone' says {"op":"send","conv":"c1","n":1,"body":"from the new one"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"bob","body":"from the new one"}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"bob","body":"from the new one"}
	bob/phone' < {"op":"ack","conv":"c1","stream":"MINE","n":1,"epoch":1,"seq":1}
	bob/phone' < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"bob","body":"from the new one"}
bob/phone disconnects
bob/phone' says {"op":"send","conv":"c1","n":2,"body":"still here"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"still here"}
	bob/phone' < {"op":"ack","conv":"c1","stream":"MINE","n":2,"epoch":1,"seq":2}
	bob/phone' < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"bob","body":"still here"}

# What is said while a hello waits for its answer comes behind the states, and
# the head counts it: nothing falls between.
log waits
ann/desk connects
bob/phone' says {"op":"send","conv":"c1","n":3,"body":"meanwhile"}
work
	ann/desk < {"op":"welcome","user":"ann","device":"desk","stream":"S2","node":"n1","conversations":2,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/desk < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":2},"first":1},{"conv":"c2","kind":"direct","head":{"epoch":1},"first":1}]}
log commits
	ann/desk < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"meanwhile"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"meanwhile"}
	bob/phone' < {"op":"ack","conv":"c1","stream":"MINE","n":3,"epoch":1,"seq":3}
	bob/phone' < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"bob","body":"meanwhile"}
bob/phone' says {"op":"send","conv":"c1","n":4,"body":"later"}
	ann/desk < {"op":"message","conv":"c1","epoch":1,"seq":4,"user":"bob","body":"later"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":4,"user":"bob","body":"later"}
	bob/phone' < {"op":"ack","conv":"c1","stream":"MINE","n":4,"epoch":1,"seq":4}
	bob/phone' < {"op":"message","conv":"c1","epoch":1,"seq":4,"user":"bob","body":"later"}

# A hello that is gone before it is answered leaves nothing behind.
log waits
eve/phone connects
eve/phone disconnects
log commits
ann/desk says {"op":"send","conv":"c2","n":1,"body":"hello eve"}
	ann/desk < {"op":"ack","conv":"c2","stream":"S2","n":1,"epoch":1,"seq":1}
	ann/desk < {"op":"message","conv":"c2","epoch":1,"seq":1,"user":"ann","body":"hello eve"}
	ann/tablet < {"op":"message","conv":"c2","epoch":1,"seq":1,"user":"ann","body":"hello eve"}

# A log that fails, fails the connect; one that takes no more, refuses.
log fails
eve/phone connects
	eve/phone < {"op":"error","code":"unavailable","text":"the log cannot be read","re":"hello","retry_after_ms":1000}
	eve/phone closed 1013 the log cannot be read
bob/phone' says {"op":"send","conv":"c1","n":5,"body":"lost?"}
	bob/phone' < {"op":"error","code":"unavailable","text":"the disk is gone","re":"send","conv":"c1","stream":"MINE","n":5,"retry_after_ms":1000}
log works
log overloads
bob/phone' says {"op":"send","conv":"c1","n":5,"body":"lost?"}
	bob/phone' < {"op":"error","code":"overloaded","text":"too many writes wait","re":"send","conv":"c1","stream":"MINE","n":5,"retry_after_ms":1000}
bob/phone' says {"op":"read","conv":"c1","epoch":1,"seq":1}
	bob/phone' < {"op":"error","code":"overloaded","text":"too many writes wait","re":"read","conv":"c1","retry_after_ms":1000}
bob/phone' says {"op":"join","id":1,"conv":"c1"}
	bob/phone' < {"op":"error","code":"not_allowed","text":"a direct conversation has the members that it was made with","re":"join","id":1,"conv":"c1"}
log works
bob/phone' says {"op":"send","conv":"c1","n":5,"body":"not lost"}
	ann/desk < {"op":"message","conv":"c1","epoch":1,"seq":5,"user":"bob","body":"not lost"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":5,"user":"bob","body":"not lost"}
	bob/phone' < {"op":"ack","conv":"c1","stream":"MINE","n":5,"epoch":1,"seq":5}
	bob/phone' < {"op":"message","conv":"c1","epoch":1,"seq":5,"user":"bob","body":"not lost"}
