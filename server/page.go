package server

import (
	"html/template"
	"net/http"

	"github.com/seed886cd727/throng/chat"
	"github.com/seed886cd727/throng/server/gateway"
)

const pageHTML = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>throng</title>
<h1>throng {{.Version}}</h1>
<p>A reference chat server. Speak to it over a WebSocket at <code>{{.Path}}</code>
with the subprotocol <code>{{.Subprotocol}}</code>; docs/protocol.md tells how. In this
browser's console:</p>
<pre>
ws = new WebSocket(location.origin.replace("http", "ws") + "{{.Path}}", "{{.Subprotocol}}")
ws.onmessage = e =&gt; console.log(e.data)
ws.onopen = () =&gt; ws.send('{"op":"hello","user":"ann","device":"browser"}')
</pre>
</html>
`

// page answers what is no WebSocket on the users' address.
func page(version string) http.Handler {
	t := template.Must(template.New("page").Parse(pageHTML))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = t.Execute(w, map[string]string{"Version": version, "Path": gateway.Path, "Subprotocol": chat.SubprotocolJSON})
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc(gateway.Path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a WebSocket: send Upgrade: websocket", http.StatusUpgradeRequired)
	})
	return mux
}
