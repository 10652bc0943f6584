package cmd

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed886cd727/throng/loadgen/host"
)

// small is a machine with a limit that blocks and one that is low.
func small() host.Facts {
	return host.Facts{
		OS: "linux", Kernel: "6.1", OpenFiles: 4096, MemoryBytes: 8 << 30,
		Sysctls: map[string]string{"net.core.somaxconn": "128", "net.ipv4.ip_local_port_range": "32768 60999"},
	}
}

func TestDoctor(t *testing.T) {
	var out strings.Builder
	err := examine(&out, doctorConfig{connections: 10_000}, small())
	if statusOf(err) != 1 || !strings.Contains(err.Error(), "no room for 10,000 connections\nopen files of a process: have 4,096, need 10,500; to mend it: sudo prlimit") {
		t.Errorf("it ends with %v", err)
	}
	for _, want := range []string{
		"sudo prlimit --pid $$ --nofile=10500:10500\n", "sudo sysctl -w net.core.somaxconn=1200\n", "28,232 × 1   10,000   ok\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := examine(&out, doctorConfig{connections: 1000}, small()); err != nil || !strings.Contains(out.String(), "low") {
		t.Errorf("with what is low alone: %v\n%s", err, out.String())
	}
}

func TestDoctorJSON(t *testing.T) {
	for connections, ok := range map[int]bool{1000: true, 10_000: false} {
		var out strings.Builder
		err := examine(&out, doctorConfig{connections: connections, json: true}, small())
		if (err == nil) != ok {
			t.Errorf("%d connections: %v", connections, err)
		}
		var said struct {
			Connections int
			OK          bool
			Limits      []host.Verdict
			Host        host.Facts
		}
		if err := json.Unmarshal([]byte(out.String()), &said); err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
		if said.Connections != connections || said.OK != ok || len(said.Limits) != 8 || said.Host.Kernel != "6.1" {
			t.Errorf("it says %+v", said)
		}
	}
}

// TestDoctorHere runs the verb on this machine, which has room for ten.
func TestDoctorHere(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--connections", "10"}, statusOK, "memory"},
		{[]string{"--connections", "0"}, statusUsage, "--connections: 0 connections: must be 1 to 12000000"},
		{[]string{"--connections", "-9223372036854775808"}, statusUsage, "must be 1 to"},
		{[]string{"--connections", "9223372036854775807"}, statusUsage, "must be 1 to"},
		{[]string{"--connections", "12000000"}, 1, "no room for 12,000,000 connections"},
	} {
		var out strings.Builder
		d := newDoctor()
		d.SilenceErrors, d.SilenceUsage = true, true
		d.SetArgs(c.args)
		d.SetOut(&out)
		err := d.Execute()
		said := out.String()
		if err != nil {
			said += err.Error()
		}
		if statusOf(err) != c.status || !strings.Contains(said, c.want) {
			t.Errorf("%v: status %d, %s", c.args, statusOf(err), said)
		}
	}
}
