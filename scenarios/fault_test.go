package scenarios_test

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/scenarios"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestFaultsAreToldAllAtOnceInOrder(t *testing.T) {
	text, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = scenarios.Parse("faults.yaml", text, []string{"population.usrs=3", "phases[7].for=1s", "population.devices=1k"})
	var faults scenarios.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("not faults: %v", err)
	}
	const golden = "testdata/faults.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, errRead := os.ReadFile(golden)
	if errRead != nil {
		t.Fatal(errRead)
	}
	if got := err.Error() + "\n"; got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// base is a scenario without a fault, to which a test adds one.
const base = `
population: {users: 100}
conversations: {kind: group, count: 10, members: 5}
traffic: {send: {rate: 10/s}}
phases:
- {name: connect}
- {name: warm-up, for: 5s}
- {name: steady, for: 30s, measured: true}
- {name: settle}
- {name: drain}
`

func TestFaults(t *testing.T) {
	if _, err := scenarios.Parse("base", []byte(base), nil); err != nil {
		t.Fatalf("the base itself: %v", err)
	}
	for set, want := range map[string]string{
		// keys, types and units
		"population.user=3":                              "did you mean users?",
		"speed=3":                                        "speed: unknown key: did you mean seed?",
		"zzzzzzzz=3":                                     "here stand name, question",
		"population=3":                                   "population: is a single value: must be a mapping with users",
		"population.users=[3]":                           "is a list: must be a single value",
		"population.users=1.5":                           "no whole number: write it as 2",
		"population.users=1e3":                           "write it as 0, 1500 or 10k",
		"population.users=-3":                            "out of range: must be 1 to",
		"population.users={a: 1, a: 2}":                  "is there twice",
		"seed=1.5":                                       "must be a whole number from 0",
		"repeat=0":                                       "must be 1 to 1000",
		"phases[1].for=5":                                "write it as 30s",
		"phases[1].for=-5s":                              "is negative",
		"phases[1].for=200h":                             "must be 0s to 168h",
		"phases[1].measured=1":                           "must be true or false",
		"phases[1].measured='true'":                      "must be true or false",
		"phases={}":                                      "is a mapping: must be a list",
		"question=[a]":                                   "is a list: must be a text",
		`question="a\nb"`:                                "write one",
		"name=a/b":                                       "is no name",
		"traffic.send.rate={from: 1/s}":                  "traffic.send.rate.to: is missing",
		"traffic.send.rate=9M/s":                         "must be 0/s to 1000000/s",
		"traffic.send.arrival=even":                      `"even" is unknown: write poisson or constant`,
		"traffic.payload.size={uniform: [3]}":            "must be its two ends",
		"traffic.payload.size={uniform: [3,1]}":          "write the smaller number first",
		"traffic.payload.size={}":                        "give exactly one of constant",
		"traffic.payload.size={normal: 3}":               "unknown key: here stand constant, uniform",
		"traffic.payload.size={lognormal: {median: 80}}": "p99: is missing",
		"traffic.payload.size={lognormal: {median: 80, p99: 8}}":     "needs 0 < median <= p99",
		"traffic.payload.size={zipf: {min: 1, max: 2, exponent: a}}": "is not a number",
		"traffic.payload.size=1MiB":                                  "bodies of up to 32KiB",
		"traffic.receipts.share=120%":                                "must be 0% to 100%",
		"traffic.receipts.after=1s":                                  "give receipts.share too",
		"target.headers={X: [a]}":                                    "must be a text",
		`target.headers={X: "a\r\nb"}`:                               "control character",
		"target.headers={Upgrade: a}":                                "set by the upgrade itself",
		"target.headers={'a b': c}":                                  "is no name of a header",
		"traffic.send=&a {rate: 3/s}":                                "is not in the language",
		"thresholds=[lost == 0]\n---\na: b":                          "a second document",
		"thresholds=[lost == 0":                                      "no YAML",

		// sums of conversations
		"conversations.per_user=1":                                                                      "has 3 of count, per_user and members",
		"conversations.members=null":                                                                    "has 1 of count, per_user and members",
		"conversations.members=1":                                                                       "at least 2 members",
		"conversations.members=101":                                                                     "there are 100 users and up to 101 members",
		"conversations.members={uniform: [2, 200]}":                                                     "there are 100 users",
		"conversations.members={lognormal: {median: 101, p99: 102}}":                                    "there are 100 users",
		"conversations.senders=6":                                                                       "6 of 5 members cannot send",
		"conversations.kind=null":                                                                       "kind: is missing",
		"conversations.kind=crowd":                                                                      "write direct, group or channel",
		"conversations.share=70%":                                                                       "the shares make 70% together",
		"conversations.name=a b":                                                                        "is no name",
		"conversations={kind: direct, count: 3, per_user: 3}":                                           "has 2 of count and per_user",
		"conversations={kind: direct}":                                                                  "has 0 of count and per_user",
		"conversations={kind: direct, count: 5000}":                                                     "100 users make 4950 pairs, not 5000",
		"conversations={kind: direct, per_user: 100}":                                                   "has 99 others to talk to",
		"conversations={kind: direct, per_user: 1, senders: 3}":                                         "3 of 2 members cannot send",
		"conversations={kind: direct, per_user: 0}":                                                     "must be above 0",
		"conversations={kind: direct, count: 3, members: 2}":                                            "leave members out",
		"conversations={kind: group, count: 3, per_user: 4}":                                            "cannot be in 4 of 3 conversations",
		"conversations={kind: group, count: 300, per_user: 1}":                                          "leave 0.3333333333333333 members",
		"conversations={kind: group, per_user: 0.01, members: 3}":                                       "leave no conversation with 2 members",
		"conversations={kind: channel, count: 60M, members: 100}":                                       "members in all: at most 1073741824",
		"conversations={mix: []}":                                                                       "mix: is empty",
		"conversations={mix: [{kind: direct, count: 3}], count: 3}":                                     "stands beside mix",
		"conversations={mix: [{kind: direct, count: 3},{kind: direct, count: 4}]}":                      "name of another part",
		"conversations={mix: [{kind: direct, count: 3, share: 1},{kind: group, count: 4, members: 3}]}": "1 of 2 parts have a share",
		"conversations={mix: [{kind: direct, count: 3, share: 70%},{kind: group, count: 4, members: 3, share: 40%}]}": "make 110% together",
		"conversations={mix: [{kind: direct, count: 3, share: 100%},{kind: group, count: 4, members: 3, share: 0%}]}": "must be above 0%",
		"population.users=null":                  "population.users: is missing",
		"population.users=1":                     "a conversation needs 2 users",
		"population.backoff={base: 2s, max: 1s}": "raise max",
		"conversations=null":                     "no conversations to send in",
		"traffic.send={rate: 20k/s, by: user}":   "are 2000000/s",

		// replays
		"traffic.replay={}":                                 "send and replay exclude each other",
		"traffic={replay: {}}":                              "leave users out",
		"phases[2].traffic={replay: {speed: -1}}":           "out of range",
		"phases[1].traffic={replay: {}}":                    "either replays a trace or sends",
		"phases[1].traffic={replay: {}, send: {rate: 1/s}}": "exclude each other",

		// phases and events
		"phases=[]":                             "phases: is missing",
		"phases[1].name=null":                   "phases[1].name: is missing",
		"phases[1].name=steady":                 "name of another phase",
		"phases[1].name=a b":                    "is no name",
		"phases[1].name=connect":                "name of another phase",
		"phases[1].name=settle":                 "comes after settle",
		"phases[3].name=drain":                  "name of another phase",
		"phases[3].name=rest":                   "phases[3].for: is missing",
		"phases[3]={name: drain}":               "name of another phase",
		"phases[1].for=null":                    "for: is missing: say how long",
		"phases[1].for=0s":                      "must be above 0s",
		"phases[1].rate=3/s":                    "write traffic: {send: {rate: 3/s}}",
		"phases[0].for=3s":                      "connect ends when",
		"phases[0].rate=0":                      "must be above 0/s",
		"phases[0].measured=true":               "connect cannot be measured",
		"phases[3].traffic={send: {rate: 1/s}}": "settle has no traffic",
		"phases[4].rate=1/s":                    "is for connect",
		"phases[4].at_once=1":                   "is for connect",
		"phases[1].at_once=1":                   "is for connect",
		"phases[2].measure=cpu":                 "write memory",
		"phases[2].measure=memory":              "measured in silence",
		"phases[1]={name: a, for: 29s, measure: memory, traffic: {send: {rate: 0}}}": "write 30s or more",
		"phases[1].events=[{at: 1s}]":                                   "has 0 of reconnect, drain and kill",
		"phases[1].events=[{kill: {}, drain: {}}]":                      "has 2 of reconnect, drain and kill",
		"phases[1].events=[{at: 5s, kill: {}}]":                         "5s is not within the phase of 5s",
		"phases[1].events=[{at: 4s, reconnect: {spread: 2s}}]":          "ends 1s after the phase",
		"phases[1].events=[{at: 1s, kill: {}}, {at: 1500ms, kill: {}}]": "still gone at 1.5s",
		"phases[1].events=[{kill: }]":                                   "has no value",

		// thresholds
		"thresholds=[lots == 0]":                                       "did you mean lost?",
		"thresholds=[lost < 0]":                                        "can never hold",
		"thresholds=[{phase: steady}]":                                 "expression: is missing",
		"thresholds=[{expression: delivery.p99 < 1s, phase: stedy}]":   "did you mean steady?",
		"thresholds=[{expression: delivery.p99 < 1s, phase: warm-up}]": "warm-up is not measured",
		"thresholds=[{expression: lost == 0, phase: steady}]":          "is of the whole run",
		"thresholds=[{expression: lost == 0, after: 3s}]":              "no use without abort",
		"thresholds=[push.p99 < 1s]":                                   "push is not in this version",
		"thresholds=[clock.error < 1s]":                                "several machines",
		"thresholds=[target.bytes_per_connection < 4KiB]":              "measure: memory",
		"thresholds=[receipt.p99 < 1s]":                                "give traffic.receipts a share",

		// the target
		"target.store=redis":                                  `"redis" is not in this version: write pebble or memory`,
		"target.store=disk":                                   `"disk" is unknown: write pebble or memory`,
		"target.protocol=echo":                                "not in this version",
		"target.fanout=write":                                 "target.fanout: is not in this version",
		"target.redis={urls: [a]}":                            "target.redis: is not in this version",
		"target.nodes=3":                                      "write nodes: 1",
		"target.admin=http://a:1":                             "give target.urls too",
		"target.auth=jwt":                                     "the embedded server needs the secret",
		"target.tokens_file=a":                                "no use with auth: none",
		"target.jwt_key_file=a":                               "no use with auth: none",
		"target={store: memory, durability: fsync}":           "store: memory keeps nothing",
		"search={}":                                           "is not in this version",
		"traffic.typing=1/s":                                  "is not in this version",
		"phases[1].traffic.typing=1/s":                        "is not in this version",
		"target={urls: [a]}":                                  `"a" is no URL: write it like ws://127.0.0.1:8080/ws`,
		"target={urls: ['http://a:1/ws']}":                    "has no scheme ws or wss",
		"target={urls: ['ws://u@a:1/ws']}":                    "holds a user",
		"target={urls: ['ws://a:1', 'ws://b:1']}":             "give one URL",
		"target={urls: ['ws://a:1'], store: memory}":          "setting of the embedded server",
		"target={urls: ['ws://a:1'], metrics_url: 'ftp://a'}": "has no scheme http or https",
		"target={urls: ['ws://a:1'], admin_token_file: a}":    "no use without target.admin",
		"target={urls: ['ws://a:1'], auth: jwt}":              "needs jwt_key_file",
		"target={urls: ['ws://a:1'], auth: jwt, jwt_key_file: a, tokens_file: b}": "leave one of them out",

		"target={urls: ['ws://a:1'], tls: {ca_file: a}}":                                  "no use with a ws:// URL",
		"target={urls: ['wss://a:1'], tls: {self_signed: true}}":                          "setting of the embedded server",
		"target={urls: ['wss://a:1'], tls: {insecure_skip_verify: true, server_name: b}}": "takes any certificate",
		"target.tls.server_name=a":                                                        "is of a server that runs already",
		"target.tls.insecure=true":                                                        "unknown key",
		"thresholds=[connect_tls.p99 < 1s]":                                               "clients connect in the clear",
	} {
		_, err := scenarios.Parse("base", []byte(base), []string{set})
		var faults scenarios.Faults
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %s:\n got %v\nwant it to say %q", set, err, want)
		}
	}
}

// TestFaultsOfTwo sets what is wrong only together.
func TestFaultsOfTwo(t *testing.T) {
	kill, drain := "phases[1].events=[{kill: {}}]", "phases[1].events=[{drain: {}}]"
	forGood, silent := "events: [{drain: {for_good: true}}]", "traffic: {send: {rate: 0}}"
	external := "target.urls=['ws://a:1/ws']"
	for _, c := range []struct {
		sets []string
		want string
	}{
		{[]string{"target.admin=[a]", "target.admin_token_file=b"}, "target.admin_token_file: is of a server"},
		{[]string{kill, "target.store=memory"}, "forgets everything"},
		{[]string{drain, "target.store=memory"}, "forgets everything"},
		{[]string{kill, "target.durability=none"}, "promises nothing after kill -9"},
		{[]string{kill, external}, "only the embedded server"},
		{[]string{drain, external}, "only the embedded server"},
		{[]string{"phases[2]={name: b, for: 40s, " + forGood + "}"}, "nobody to send to"},
		{[]string{"phases[1]={name: b, for: 40s, " + silent + ", " + forGood + "}"}, "move it to the last traffic phase"},
		{[]string{"phases[2]={name: b, for: 40s, " + silent + ", events: [{drain: {for_good: true, restart_after: 1s}}]}"}, "leave one of them out"},
		{[]string{"phases[2]={name: b, for: 40s, " + silent + ", events: [{drain: {for_good: true}}, {at: 2s, kill: {}}]}"}, "the node is still gone"},
		{[]string{external, "thresholds=[target.rss < 1GiB]"}, "give target.metrics_url, target.admin or target.pid"},
		{[]string{"phases[2].measured=false", "thresholds=[delivery.p99 < 1s]"}, "no phase is measured"},
		{[]string{"phases[2].traffic.send.rate=0", "thresholds=[ack.p99 < 1s]"}, "no measured phase sends"},
		{[]string{"phases[2]={name: b, for: 40s, measure: memory, traffic: {send: {rate: 0}}, events: [{reconnect: {}}]}"}, "move the events"},
		{[]string{"phases[2]={name: b, for: 40s, measure: memory, traffic: {send: {rate: 0}}}", "thresholds=[target.bytes_per_connection_after < 1KiB]"}, "a second silent phase"},
		{[]string{"traffic={replay: {}}", "population=null", "conversations=null"}, "a second phase that replays"},
		{[]string{"traffic={replay: {}}", "population=null"}, "the conversations of a replay"},
		{[]string{"traffic={replay: {}}", "population=null", "conversations=null", "phases=[{name: connect}]"}, "no phase replays"},
	} {
		if _, err := scenarios.Parse("base", []byte(base), c.sets); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("--set %s:\n got %v\nwant it to say %q", c.sets, err, c.want)
		}
	}
	if _, err := scenarios.Parse("base", []byte(base), []string{drain, "target.durability=none"}); err != nil {
		t.Errorf("a drain writes everything first: %v", err)
	}
	if _, err := scenarios.Parse("base", []byte(base), []string{"phases[2]={name: b, for: 40s, " + silent + ", " + forGood + "}"}); err != nil {
		t.Errorf("a node may go for good in the last phase: %v", err)
	}
}
