# Joining and leaving are entries of the log, with a seq like any other. All of a
# user's devices join.
conversation c1 channel ann
ann/phone connects
	ann/phone < {"op":"welcome","user":"ann","device":"phone","stream":"S1","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	ann/phone < {"op":"state","states":[{"conv":"c1","kind":"channel","head":{"epoch":1},"first":1}]}
bob/phone connects
	bob/phone < {"op":"welcome","user":"bob","device":"phone","stream":"S2","node":"n1","heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/phone < {"op":"state","states":[]}
bob/tablet connects
	bob/tablet < {"op":"welcome","user":"bob","device":"tablet","stream":"S3","node":"n1","heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/tablet < {"op":"state","states":[]}
ann/phone says {"op":"send","conv":"c1","n":1,"body":"alone"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":1,"epoch":1,"seq":1}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":1,"user":"ann","body":"alone"}
bob/phone says {"op":"join","id":5,"conv":"c1"}
	ann/phone < {"op":"member","conv":"c1","epoch":1,"seq":2,"user":"bob","change":"joined"}
	bob/phone < {"op":"ack","conv":"c1","id":5,"epoch":1,"seq":2}
	bob/phone < {"op":"member","conv":"c1","epoch":1,"seq":2,"user":"bob","change":"joined"}
	bob/tablet < {"op":"member","conv":"c1","epoch":1,"seq":2,"user":"bob","change":"joined"}
bob/phone says {"op":"join","id":6,"conv":"c1"}
	bob/phone < {"op":"ack","conv":"c1","id":6,"epoch":1,"seq":2,"duplicate":true}
ann/phone says {"op":"send","conv":"c1","n":2,"body":"welcome"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":2,"epoch":1,"seq":3}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","body":"welcome"}
	bob/phone < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","body":"welcome"}
	bob/tablet < {"op":"message","conv":"c1","epoch":1,"seq":3,"user":"ann","body":"welcome"}

# Owed is what came from the joining on.
bob/tablet says {"op":"sync","id":7,"conv":"c1","from":1}
	bob/tablet < {"op":"entries","id":7,"conv":"c1","entries":[{"epoch":1,"seq":2,"user":"bob","change":"joined"},{"epoch":1,"seq":3,"user":"ann","body":"welcome"}]}
	bob/tablet < {"op":"synced","id":7,"conv":"c1","to":{"epoch":1,"seq":3},"head":{"epoch":1,"seq":3}}
bob/tablet disconnects
bob/tablet connects
	bob/tablet < {"op":"welcome","user":"bob","device":"tablet","stream":"S4","node":"n1","conversations":1,"heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	bob/tablet < {"op":"state","states":[{"conv":"c1","kind":"channel","head":{"epoch":1,"seq":3},"first":2}]}

# A leaver hears the leaving last, then nothing more.
bob/phone says {"op":"leave","id":8,"conv":"c1"}
	ann/phone < {"op":"member","conv":"c1","epoch":1,"seq":4,"user":"bob","change":"left"}
	bob/phone < {"op":"ack","conv":"c1","id":8,"epoch":1,"seq":4}
	bob/phone < {"op":"member","conv":"c1","epoch":1,"seq":4,"user":"bob","change":"left"}
	bob/tablet < {"op":"member","conv":"c1","epoch":1,"seq":4,"user":"bob","change":"left"}
ann/phone says {"op":"send","conv":"c1","n":3,"body":"alone again"}
	ann/phone < {"op":"ack","conv":"c1","stream":"S1","n":3,"epoch":1,"seq":5}
	ann/phone < {"op":"message","conv":"c1","epoch":1,"seq":5,"user":"ann","body":"alone again"}
bob/phone says {"op":"send","conv":"c1","n":1,"body":"still there?"}
	bob/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"send","conv":"c1","stream":"S2","n":1}
bob/tablet says {"op":"sync","id":9,"conv":"c1","from":1}
	bob/tablet < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"sync","id":9,"conv":"c1"}
bob/phone says {"op":"leave","id":10,"conv":"c1"}
	bob/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"leave","id":10,"conv":"c1"}

# Who comes back is owed what comes from then on.
bob/phone says {"op":"join","id":11,"conv":"c1"}
	ann/phone < {"op":"member","conv":"c1","epoch":1,"seq":6,"user":"bob","change":"joined"}
	bob/phone < {"op":"ack","conv":"c1","id":11,"epoch":1,"seq":6}
	bob/phone < {"op":"member","conv":"c1","epoch":1,"seq":6,"user":"bob","change":"joined"}
	bob/tablet < {"op":"member","conv":"c1","epoch":1,"seq":6,"user":"bob","change":"joined"}
bob/phone says {"op":"join","id":12,"conv":"c9"}
	bob/phone < {"op":"error","code":"not_member","text":"no such conversation","re":"join","id":12,"conv":"c9"}

# A conversation can be full.
eve/phone connects
	eve/phone < {"op":"welcome","user":"eve","device":"phone","stream":"S5","node":"n1","heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	eve/phone < {"op":"state","states":[]}
eve/phone says {"op":"join","id":1,"conv":"c1"}
	ann/phone < {"op":"member","conv":"c1","epoch":1,"seq":7,"user":"eve","change":"joined"}
	bob/phone < {"op":"member","conv":"c1","epoch":1,"seq":7,"user":"eve","change":"joined"}
	bob/tablet < {"op":"member","conv":"c1","epoch":1,"seq":7,"user":"eve","change":"joined"}
	eve/phone < {"op":"ack","conv":"c1","id":1,"epoch":1,"seq":7}
	eve/phone < {"op":"member","conv":"c1","epoch":1,"seq":7,"user":"eve","change":"joined"}
joe/phone connects
	joe/phone < {"op":"welcome","user":"joe","device":"phone","stream":"S6","node":"n1","heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	joe/phone < {"op":"state","states":[]}
joe/phone says {"op":"join","id":1,"conv":"c1"}
	ann/phone < {"op":"member","conv":"c1","epoch":1,"seq":8,"user":"joe","change":"joined"}
	bob/phone < {"op":"member","conv":"c1","epoch":1,"seq":8,"user":"joe","change":"joined"}
	bob/tablet < {"op":"member","conv":"c1","epoch":1,"seq":8,"user":"joe","change":"joined"}
	eve/phone < {"op":"member","conv":"c1","epoch":1,"seq":8,"user":"joe","change":"joined"}
	joe/phone < {"op":"ack","conv":"c1","id":1,"epoch":1,"seq":8}
	joe/phone < {"op":"member","conv":"c1","epoch":1,"seq":8,"user":"joe","change":"joined"}
sue/phone connects
	sue/phone < {"op":"welcome","user":"sue","device":"phone","stream":"S7","node":"n1","heartbeat_ms":30000,"max_frame":262144,"max_body":1000,"ref_max_age_ms":604800000}
	sue/phone < {"op":"state","states":[]}
sue/phone says {"op":"join","id":1,"conv":"c1"}
	sue/phone < {"op":"error","code":"not_allowed","text":"the conversation is full","re":"join","id":1,"conv":"c1"}

# Provisioned while someone is connected: told at once. Removed: nobody is a
# member any more, also not of a new conversation of that name.
conversation c2 group ann joe
	ann/phone < {"op":"state","states":[{"conv":"c2","kind":"group","head":{"epoch":1},"first":1}]}
	joe/phone < {"op":"state","states":[{"conv":"c2","kind":"group","head":{"epoch":1},"first":1}]}
ann/phone says {"op":"send","conv":"c2","n":4,"body":"new here"}
	ann/phone < {"op":"ack","conv":"c2","stream":"S1","n":4,"epoch":1,"seq":1}
	ann/phone < {"op":"message","conv":"c2","epoch":1,"seq":1,"user":"ann","body":"new here"}
	joe/phone < {"op":"message","conv":"c2","epoch":1,"seq":1,"user":"ann","body":"new here"}
removed c2
ann/phone says {"op":"send","conv":"c2","n":5,"body":"anyone?"}
	ann/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"send","conv":"c2","stream":"S1","n":5}
conversation c2 group joe eve
	eve/phone < {"op":"state","states":[{"conv":"c2","kind":"group","head":{"epoch":1},"first":1}]}
	joe/phone < {"op":"state","states":[{"conv":"c2","kind":"group","head":{"epoch":1},"first":1}]}
joe/phone says {"op":"send","conv":"c2","n":1,"body":"without ann"}
	eve/phone < {"op":"message","conv":"c2","epoch":1,"seq":1,"user":"joe","body":"without ann"}
	joe/phone < {"op":"ack","conv":"c2","stream":"S6","n":1,"epoch":1,"seq":1}
	joe/phone < {"op":"message","conv":"c2","epoch":1,"seq":1,"user":"joe","body":"without ann"}
ann/phone says {"op":"send","conv":"c2","n":6,"body":"let me in"}
	ann/phone < {"op":"error","code":"not_member","text":"not a member of the conversation","re":"send","conv":"c2","stream":"S1","n":6}
