package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLS names the files of a certificate's chain and of its key, in PEM. Both or
// none: without them users connect in the clear.
type TLS struct{ CertFile, KeyFile string }

func (t TLS) on() bool { return t.CertFile != "" }

func (t TLS) validate() error {
	switch {
	case t.CertFile == "" && t.KeyFile != "":
		return errors.New("a TLS key needs a TLS certificate: give both files, or none")
	case t.CertFile != "" && t.KeyFile == "":
		return errors.New("a TLS certificate needs a TLS key: give both files, or none")
	}
	return nil
}

// certificate gives out the pair that is in the files. It looks at them when a
// client comes, at most once a second: a renewed pair is used without a restart.
// A pair that cannot be read leaves the one that was.
type certificate struct {
	files  TLS
	log    *slog.Logger
	clock  func() time.Time
	mu     sync.Mutex
	pair   *tls.Certificate
	seen   stamps // of the files when they were read last, well or badly
	looked time.Time
}

// stamps tell whether files have changed.
type stamps [2]struct {
	size    int64
	changed time.Time
}

// lookAgain is how old the last look may be.
const lookAgain = time.Second

func newCertificate(files TLS, log *slog.Logger, clock func() time.Time) (*certificate, error) {
	c := &certificate{files: files, log: log, clock: clock, looked: clock()}
	var err error
	if c.seen, err = stampsOf(files); err == nil {
		c.pair, err = load(files)
	}
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate: %w", err)
	}
	return c, nil
}

func load(files TLS) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	return &pair, err
}

func stampsOf(files TLS) (s stamps, err error) {
	for i, name := range []string{files.CertFile, files.KeyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return s, err
		}
		s[i].size, s[i].changed = info.Size(), info.ModTime()
	}
	return s, nil
}

// get is tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.clock(); now.Sub(c.looked) >= lookAgain {
		c.looked = now
		c.refresh()
	}
	return c.pair, nil
}

// refresh reads the files if they have changed. What is wrong with them is said
// once: until they change again they are not read. It needs mu.
func (c *certificate) refresh() {
	s, err := stampsOf(c.files) // before they are read: a later change is seen the next time
	if err != nil {
		s = stamps{} // a file that is not there has none
	}
	if s == c.seen {
		return
	}
	c.seen = s
	var pair *tls.Certificate
	if err == nil {
		pair, err = load(c.files)
	}
	if err != nil {
		c.log.Error("the TLS certificate stays the old one: the new one cannot be read", "err", err)
		return
	}
	c.pair = pair
	c.log.Info("TLS certificate renewed", "file", c.files.CertFile, "until", pair.Leaf.NotAfter)
}
