package cmd

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/seed886cd727/throng/netio"
)

// settled are the options that flags make.
func settled(t *testing.T, args ...string) *serveOptions {
	t.Helper()
	o := defaultServeOptions()
	f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	o.bind(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCompressionFlags(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want netio.Compression
	}{
		{nil, netio.Compression{Level: 3, MinBytes: 256}},
		{[]string{"--compression=off"}, netio.Compression{Level: 3, MinBytes: 256}},
		{[]string{"--compression=deflate", "--compression-level=6", "--compression-min-bytes=0"}, netio.Compression{Enabled: true, Level: 6}},
	} {
		c, err := settled(t, tt.args...).config(io.Discard)
		if err != nil || c.Network.Compression != tt.want {
			t.Errorf("%v: %+v, %v", tt.args, c.Network.Compression, err)
		}
	}
	_, err := settled(t, "--compression=gzip", "--compression-level=12", "--compression-min-bytes=-1").config(io.Discard)
	for _, want := range []string{`compression "gzip"`, "compression level is 12", "compression min bytes is -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
}
