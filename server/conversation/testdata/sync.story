# A resume: ask for what lies behind the cursor, get it in order, and be told
# where the answer ends.
conversation c1 direct ann bob
ann/phone connects
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S1","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
ann/phone says {"op":"send","conv":"c1","n":1,"body":"1"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":1,"epoch":1,"seq":1}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"1"}
ann/phone says {"op":"send","conv":"c1","n":2,"body":"2"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":2,"epoch":1,"seq":2}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"ann","body":"2"}
ann/phone says {"op":"send","conv":"c1","n":3,"b64":"/w=="}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":3,"epoch":1,"seq":3}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","b64":"/w=="}
bob/phone connects
	bob/phone < {"op":"welcome","user":"bob","device":"phone","stream":"S2","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":1}]}
bob/phone says {"op":"sync","id":1,"conv":"c1","epoch":1,"from":2}
	bob/phone < {"op":"entries","id":1,"conv":"c1","entries":[{"epoch":1,"seq":2,"user":"ann","body":"2"},{"epoch":1,"seq":3,"user":"ann","b64":"/w=="}]}
	bob/phone < {"op":"synced","id":1,"conv":"c1","to":{"epoch":1,"seq":3},"head":{"epoch":1,"seq":3}}
bob/phone says {"op":"sync","id":2,"conv":"c1","from":1,"to":2}
	bob/phone < {"op":"entries","id":2,"conv":"c1","entries":[{"epoch":1,"seq":1,"user":"ann","body":"1"},{"epoch":1,"seq":2,"user":"ann","body":"2"}]}
	bob/phone < {"op":"synced","id":2,"conv":"c1","to":{"epoch":1,"seq":2},"head":{"epoch":1,"seq":3}}
bob/phone says {"op":"sync","id":3,"conv":"c1","from":3,"to":99}
	bob/phone < {"op":"entries","id":3,"conv":"c1","entries":[{"epoch":1,"seq":3,"user":"ann","b64":"/w=="}]}
	bob/phone < {"op":"synced","id":3,"conv":"c1","to":{"epoch":1,"seq":3},"head":{"epoch":1,"seq":3}}
# Nothing was missed.
bob/phone says {"op":"sync","id":4,"conv":"c1","epoch":1,"from":4}
	bob/phone < {"op":"synced","id":4,"conv":"c1","to":{"epoch":1,"seq":3},"head":{"epoch":1,"seq":3}}
bob/phone says {"op":"sync","id":5,"conv":"c9","from":1}
	bob/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"sync","id":5,"conv":"c9"}

# A client that does not keep up is waited for.
backlog 1000000
bob/phone says {"op":"sync","id":6,"conv":"c1","from":1}
	(a sync waits for its reader)
backlog 0
work
	bob/phone < {"op":"entries","id":6,"conv":"c1","entries":[{"epoch":1,"seq":1,"user":"ann","body":"1"},{"epoch":1,"seq":2,"user":"ann","body":"2"},{"epoch":1,"seq":3,"user":"ann","b64":"/w=="}]}
	bob/phone < {"op":"synced","id":6,"conv":"c1","to":{"epoch":1,"seq":3},"head":{"epoch":1,"seq":3}}

# What retention removed is said plainly.
log forgets c1 below 3
bob/phone says {"op":"sync","id":7,"conv":"c1","from":1}
	bob/phone < {"op":"error","code":"gone","text":"the range is no longer kept","re":"sync","id":7,"conv":"c1","first":3}
log fails
bob/phone says {"op":"sync","id":8,"conv":"c1","from":3}
	bob/phone < {"op":"error","code":"unavailable","text":"the log cannot be read","re":"sync","id":8,"conv":"c1","retry_after_ms":1000}
log works

# No honest client has a cursor behind the head, or in an epoch to come.
bob/phone says {"op":"sync","id":9,"conv":"c1","from":5}
	bob/phone < {"op":"error","code":"bad_request","text":"the range starts behind the head","re":"sync","id":9,"conv":"c1"}
	bob/phone closed 4400 the range starts behind the head
bob/tablet connects
	bob/tablet < {"op":"welcome","user":"bob","device":"tablet","stream":"S3","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/tablet < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":3}]}
bob/tablet says {"op":"sync","id":10,"conv":"c1","epoch":2,"from":1}
	bob/tablet < {"op":"error","code":"bad_request","text":"the range starts behind the head","re":"sync","id":10,"conv":"c1"}
	bob/tablet closed 4400 the range starts behind the head
bob/watch connects
	bob/watch < {"op":"welcome","user":"bob","device":"watch","stream":"S4","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/watch < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":3}]}
bob/watch says {"op":"sync","id":11,"conv":"c1","from":3,"to":2}
	bob/watch < {"op":"error","code":"bad_request","text":"the range ends before it starts","re":"sync","id":11,"conv":"c1"}
	bob/watch closed 4400 the range ends before it starts

# Gone is said also to who was not connected when it went.
bob/desk connects
	bob/desk < {"op":"welcome","user":"bob","device":"desk","stream":"S5","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/desk < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":3}]}
bob/desk says {"op":"sync","id":12,"conv":"c1","from":1}
	bob/desk < {"op":"error","code":"gone","text":"the range is no longer kept","re":"sync","id":12,"conv":"c1","first":3}
