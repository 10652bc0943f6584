# A user has so many sends a second, over all devices.
burst 2
conversation c1 direct ann bob
ann/phone connects
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S1","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
ann/tablet connects
	ann/tablet < {"op":"welcome","user":"ann","device":"tablet","stream":"S2","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/tablet < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1},"first":1}]}
ann/phone says {"op":"send","conv":"c1","n":1,"body":"one"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":1,"epoch":1,"seq":1}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"one"}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"one"}
ann/tablet says {"op":"send","conv":"c1","n":1,"body":"two"}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"ann","body":"two"}
	ann/tablet < {"op":"ack","conv":"c1","stream":"S2","n":1,"epoch":1,"seq":2}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":2,"user":"ann","body":"two"}
ann/tablet says {"op":"send","conv":"c1","n":2,"body":"one too many"}
	ann/tablet < {"op":"error","code":"rate_limited","text":"too many sends","re":"send","conv":"c1","stream":"S2","n":2,"retry_after_ms":1000}
ann/phone says {"op":"send","conv":"c1","n":2,"body":"one too many"}
	ann/phone < {"op":"error","code":"rate_limited","text":"too many sends","re":"send","conv":"c1","stream":"S1","n":2,"retry_after_ms":1000}
time passes 1500ms
ann/tablet says {"op":"send","conv":"c1","n":2,"body":"there is one again"}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","body":"there is one again"}
	ann/tablet < {"op":"ack","conv":"c1","stream":"S2","n":2,"epoch":1,"seq":3}
	ann/tablet < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","body":"there is one again"}
ann/tablet says {"op":"send","conv":"c1","n":3,"body":"and no other"}
	ann/tablet < {"op":"error","code":"rate_limited","text":"too many sends","re":"send","conv":"c1","stream":"S2","n":3,"retry_after_ms":500}

# Bodies have a bound.
bob/phone connects
	bob/phone < {"op":"welcome","user":"bob","device":"phone","stream":"S3","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/phone < {"op":"state","states":[{"conv":"c1","kind":"direct","head":{"epoch":1,"seq":3},"first":1}]}
bob/phone says {"op":"send","conv":"c1","n":1,"body":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
	bob/phone < {"op":"error","code":"body_too_big","text":"the body has 1001 bytes; 1000 are allowed","re":"send","conv":"c1","stream":"S3","n":1}
