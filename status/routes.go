package status

import (
	"net/http"

	"kiosk/web"
)

// Handler answers every path of the page.
func (p *Page) Handler() http.Handler {
	p.sessions.Cookie = "kiosk"
	p.limiter.Paths, p.limiter.Refuse = toil, fail
	p.files.FS, p.files.Refuse = files, fail
	p.watching.Most = watchersAddress
	mux := http.NewServeMux()
	for path, h := range p.reads() {
		mux.HandleFunc(path, web.AllowMethod(http.MethodGet, h, fail))
	}
	for path, h := range p.services() {
		mux.HandleFunc(path, web.AllowMethod(http.MethodPost, h, fail))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, http.StatusNotFound, "nothing here")
	})
	return p.besides(p.guard().Wrap(p.limiter.Wrap(mux)))
}

// besides lets the gateway's notices in past the guard: they come under another name than the page, from no
// browser, and prove themselves by their signature.
func (p *Page) besides(page http.Handler) http.Handler {
	doors := map[string]http.Handler{"/notify/v2": p.NotifyV2, "/notify/v3": p.NotifyV3}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door := doors[r.URL.Path]
		if door == nil {
			page.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		door.ServeHTTP(w, r)
	})
}

// reads are the paths that only look; a test walks them all.
func (p *Page) reads() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/{$}":         p.home,
		"/page.css":    p.files.Serve("text/css; charset=utf-8"),
		"/page.js":     p.files.Serve("text/javascript; charset=utf-8"),
		"/icon.svg":    p.files.Serve("image/svg+xml"),
		"/healthz":     p.healthz,
		"/readyz":      p.readyz,
		"/status.json": p.statusJSON,
		"/orders.json": p.ordersJSON,
		"/panel.png":   p.panel,
		"/events":      p.watch(p.events),
		"/metrics":     p.metrics,
	}
}

// services are the paths that change something: POST only, and behind the secret.
func (p *Page) services() map[string]http.HandlerFunc {
	out := map[string]http.HandlerFunc{"/service/sign-in": p.signIn, "/service/sign-out": p.signOut}
	for path, do := range map[string]task{
		"slot": oneSlot, "withdraw": withdraw, "offer": offer, "fill": fillAll, "change": changeSlot, "clear": clearStop, "maintenance": maintain, "order": decide,
		"test-vend": testVend, "picture": showPicture, "scan-test": scanTest, "locate": locate,
		"reconcile": reconcile, "backup": backup, "bundle": bundle, "restart": restart,
	} {
		out["/service/"+path] = p.service(do)
	}
	return out
}

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
