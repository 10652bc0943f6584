// Throng is a connection-scale benchmark and load-test toolkit for real-time
// chat: a reference server, a load generator, scenarios and results.
package main

import (
	"os"

	"github.com/seed886cd727/throng/cmd"
)

func main() { os.Exit(cmd.Execute(os.Args[1:], os.Stdout, os.Stderr)) }
