package coordinator

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/results"
	"github.com/seed886cd727/throng/scenarios"
)

func TestOwnServerOverTLS(t *testing.T) {
	t.Parallel()
	r := try(t, options(t, direct, "target.tls.self_signed=true"))
	r.sound()
	r.zero("connections.failed")
	r.above(0, "connect_tls.p50", "connect_upgrade.p50")
	r.equal("connect_tls.count", "connect.count")
	record, err := results.Read(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if e := record.Environment; !strings.HasPrefix(e.Target.URL, "wss://") || e.Target.Settings["tls"] == "" {
		t.Errorf("the record says %+v", record.Environment.Target)
	}
}

// TestTargetOverTLS reaches a server that was there, by three ways of trust, and
// not without trust.
func TestTargetOverTLS(t *testing.T) {
	t.Parallel()
	cert, key, err := selfSign(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := startNode(t, "--tls-cert", cert, "--tls-key", key)
	to := func(setting string) Options {
		return options(t, direct, fmt.Sprintf("target.urls=['wss://%s/ws']", n.Addr()), "target.admin="+n.Admin(), setting)
	}
	for _, setting := range []string{"target.tls.ca_file=" + cert, "target.tls.insecure_skip_verify=true"} {
		r := try(t, to(setting))
		r.sound()
		r.zero("connections.failed")
	}
	for setting, want := range map[string]string{
		"target.tls={}":             "unknown authority",
		"target.tls.ca_file=" + key: "holds no certificate",
		"target.tls.ca_file=/none":  "no such file",
		fmt.Sprintf("target.tls={ca_file: %s, server_name: example.org}", cert): "example.org",
	} {
		o := to(setting)
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", setting, err)
		}
		if _, err := os.Stat(o.Out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s left a record: %v", setting, err)
		}
	}
}

func TestTrust(t *testing.T) {
	cert, _, err := selfSign(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		scenarios.TargetTLS
		want string
	}{
		"the host":   {scenarios.TargetTLS{CAFile: cert}, "h"},
		"a name":     {scenarios.TargetTLS{ServerName: "n"}, "n"},
		"everything": {scenarios.TargetTLS{InsecureSkipVerify: true}, "h"},
	} {
		got, err := trust(c.TargetTLS, "h")
		if err != nil || got.ServerName != c.want || got.MinVersion != tls.VersionTLS12 || (got.RootCAs != nil) != (c.CAFile != "") || got.InsecureSkipVerify != c.InsecureSkipVerify {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, _, err := selfSign(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a certificate was written into a folder that is not there")
	}
}
