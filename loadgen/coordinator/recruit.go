package coordinator

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed886cd727/throng/loadgen/admin"
	"github.com/seed886cd727/throng/loadgen/agent"
	"github.com/seed886cd727/throng/loadgen/check"
	"github.com/seed886cd727/throng/loadgen/client"
	"github.com/seed886cd727/throng/loadgen/host"
	"github.com/seed886cd727/throng/loadgen/population"
	"github.com/seed886cd727/throng/loadgen/target"
	"github.com/seed886cd727/throng/results"
)

// conversations are all of the run's, as the admin API takes them.
func (r *run) conversations() iter.Seq[admin.Conversation] {
	people := r.world.people
	return func(yield func(admin.Conversation) bool) {
		for c := range uint32(people.Len()) {
			members := func(yield func(string) bool) {
				for _, u := range people.Members(c) {
					if !yield(r.names.User(u)) {
						return
					}
				}
			}
			if !yield(admin.Conversation{ID: r.names.Conversation(c), Kind: people.Kind(c).String(), Members: members}) {
				return
			}
		}
	}
}

// ids names all of the run's conversations.
func (r *run) ids() iter.Seq[string] {
	return func(yield func(string) bool) {
		for c := range uint32(r.world.people.Len()) {
			if !yield(r.names.Conversation(c)) {
				return
			}
		}
	}
}

// receiptMembers is up to how many receivers of a conversation each follows the
// read cursors of all others: it costs their square.
const receiptMembers = 100

// recruit makes the sessions and their checker.
func (r *run) recruit(ctx context.Context) error {
	s, people := r.Scenario, r.world.people
	protocol, err := target.New(s.Target.Protocol, s.Target.Codec)
	if err != nil {
		return usage(err)
	}
	sources, err := r.sources()
	if err != nil {
		return usage(err)
	}
	token, err := r.tokens()
	if err != nil {
		return usage(err)
	}
	places := make([]uint32, people.Len())
	for c := range places {
		places[c] = uint32(len(people.Members(uint32(c))) * people.Devices())
	}
	c := check.Config{Run: r.id, Places: places, Devices: uint32(people.Devices()), Report: r.found}
	if r.world.receipts {
		c.ReceiptMembers = receiptMembers
	}
	r.checker = check.New(c)
	r.agent, err = agent.New(client.Config{
		Run: r.id, Start: r.start, Seed: s.Seed, Population: people, Names: r.names,
		Protocol: protocol, Checker: r.checker, Token: token, Receipts: r.world.receipts,
		Compression: s.Target.Compression,
		Dial:        dialer(r.system.endpoints, sources, protocol, s.Target.Headers),
		BackoffBase: time.Duration(s.Population.Backoff.Base), BackoffMax: time.Duration(s.Population.Backoff.Max),
	})
	return err
}

// sources are the addresses to dial from.
func (r *run) sources() ([]netip.Addr, error) {
	connections := r.world.sessions() / len(r.system.endpoints)
	if n := r.Scenario.Population.Addresses; n > 0 {
		connections = max(connections, (n-1)*host.PerSource+1)
	}
	return host.Sources(connections, r.system.endpoints[0].addr.Addr())
}

// found writes evidence down.
func (r *run) found(f check.Finding) {
	v := results.Violation{
		At: f.At, Figure: f.Figure, Conversation: r.names.Conversation(f.Receiver.Conversation),
		Epoch: f.Position.Epoch, Seq: f.Position.Seq, Counter: uint64(f.Counter), Text: f.Text,
	}
	if f.Counter > 0 {
		v.Sender = r.names.User(f.Sender.User) + " on " + population.Device(f.Sender.Device)
	}
	if f.HasReceiver {
		devices := uint32(r.world.people.Devices())
		member := r.world.people.Members(f.Receiver.Conversation)[f.Receiver.Place/devices]
		v.Receiver = r.names.User(member) + " on " + population.Device(uint8(f.Receiver.Place%devices))
	}
	if err := r.record.Violation(v); err != nil {
		r.breaks(err)
	}
}

// tokens gives each user's token, where the scenario asks for them.
func (r *run) tokens() (func(user uint32) string, error) {
	t := r.Scenario.Target
	switch {
	case t.Auth != "jwt":
		return nil, nil
	case t.TokensFile != "":
		return readTokens(t.TokensFile, r.world.people.Users())
	}
	key, err := os.ReadFile(t.JWTKeyFile)
	if err != nil {
		return nil, fmt.Errorf("target.jwt_key_file: %w", err)
	}
	const good = 24 * time.Hour // longer than any run
	expires := r.start.Add(good).Unix()
	return func(user uint32) string {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": r.names.User(user), "exp": expires})
		signed, err := token.SignedString(key)
		if err != nil {
			return "" // the target then refuses it, and says so
		}
		return signed
	}, nil
}

// readTokens reads a token a line.
func readTokens(file string, users int) (func(user uint32) string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("target.tokens_file: %w", err)
	}
	defer func() { _ = f.Close() }()
	var tokens []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if t := strings.TrimSpace(lines.Text()); t != "" {
			tokens = append(tokens, t)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("target.tokens_file: %w", err)
	}
	if len(tokens) < users {
		return nil, fmt.Errorf("target.tokens_file: %s has %d tokens for %d users", file, len(tokens), users)
	}
	return func(user uint32) string { return tokens[user] }, nil
}
