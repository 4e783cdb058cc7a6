package status

import (
	"net/http"

	"kiosk/web"
)

// toil are the paths whose answers take work: they wait for a slot of the limiter.
var toil = []string{"/", "/status.json", "/panel.png", "/metrics"}

// guard checks host and origin, and sets the headers that tell a browser how to treat an answer.
func (p *Page) guard() *web.Guard { return &web.Guard{Hosts: p.hostNames, Refuse: fail} }

func (p *Page) hostNames() []string {
	return append([]string{"localhost", "kiosk.local", p.Kiosk + ".local"}, p.Hosts...)
}

// Redirect leads browsers from plain HTTP to the page under TLS at a port.
func (p *Page) Redirect(port string) http.Handler { return p.guard().RedirectTLS(port) }

// SetPin puts another secret in place while the page runs, as its file holds it, and signs everybody out, unless it is the
// one that counts already.
func (p *Page) SetPin(kept string) error {
	changed, err := p.Password.Replace(kept)
	if changed {
		p.sessions.EndAll()
	}
	return err
}

// Forgive forgets the wrong guesses: the person who holds the service key stands at the machine, and must not stay locked
// out because a stranger on the network guesses.
func (p *Page) Forgive() { p.Password.Attempts.Reset() }

// fail answers with one line of JSON, in the words of the reader's language if we have them.
func fail(w http.ResponseWriter, r *http.Request, status int, text string) {
	lang := "en"
	if asked := r.URL.Query().Get("lang"); asked == "zh" {
		lang = asked
	}
	web.WriteJSON(w, status, map[string]string{"error": refusedIn(text, lang)})
}
