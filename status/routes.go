package status

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"kiosk/web"
)

// Handler answers every path of the page.
func (p *Page) Handler() http.Handler {
	p.run, p.sessions.Cookie = rand.Text()[:8], "kiosk"
	p.limiter.Paths, p.limiter.Refuse = costlyPaths, p.writeError
	p.files.FS, p.files.Refuse = files, p.writeError
	p.watching.Most = watchersAddress
	mux := http.NewServeMux()
	for path, h := range p.readRoutes() {
		mux.HandleFunc(path, web.AllowMethod(http.MethodGet, h, p.writeError))
	}
	for path, h := range p.formRoutes() {
		mux.HandleFunc(path, web.AllowMethod(http.MethodPost, h, p.writeError))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.writeError(w, r, http.StatusNotFound, "nothing here")
	})
	page := requestGuard(p).Wrap(p.limiter.Wrap(mux))
	if p.NotifyApart {
		return page
	}
	return bypassForNotices(p, page)
}

// NoticeHandler answers the paths of the gateway's notices, and no other.
func (p *Page) NoticeHandler() http.Handler {
	return bypassForNotices(p, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.writeError(w, r, http.StatusNotFound, "nothing here")
	}))
}

// bypassForNotices lets the gateway's notices in past the guard: they come under another name than the page, from no
// browser, and prove themselves by their signature.
func bypassForNotices(p *Page, page http.Handler) http.Handler {
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

// readRoutes are the paths that only look; a test walks them all.
func (p *Page) readRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/{$}":         p.serveHome,
		"/page.css":    p.files.ServeFile("text/css; charset=utf-8"),
		"/page.js":     p.files.ServeFile("text/javascript; charset=utf-8"),
		"/icon.svg":    p.files.ServeFile("image/svg+xml"),
		"/healthz":     p.serveHealth,
		"/readyz":      p.serveReady,
		"/status.json": p.serveStatus,
		"/orders.json": p.serveOrders,
		"/panel.png":   p.servePanel,
		"/events":      limitWatchers(p, p.serveEvents),
		"/metrics":     p.serveMetrics,
	}
}

// serveMetrics answers Prometheus.
func (p *Page) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if p.Metrics == nil {
		p.writeError(w, r, http.StatusNotFound, "nothing here")
		return
	}
	p.Metrics(p.seesAll(r)).ServeHTTP(w, r)
}

// formRoutes are the paths that change something: POST only, and behind the secret.
func (p *Page) formRoutes() map[string]http.HandlerFunc {
	out := map[string]http.HandlerFunc{"/service/sign-in": p.signIn, "/service/sign-out": p.signOut}
	for path, do := range map[string]formHandler{
		"slot": countOrClear, "withdraw": takeOffSale, "offer": putOnSale, "fill": fillAll, "change": changeSlot, "clear": clearStop, "accept-book": acceptBook, "maintenance": setMaintenance, "order": decideOrder,
		"test-vend": testVend, "picture": showPicture, "scan-test": scanTest, "locate": locateMachine,
		"reconcile": reconcileDay, "backup": sendBackup, "bundle": sendBundle, "restart": restartProgram, "end-session": endSession,
	} {
		out["/service/"+path] = p.serveForm(do)
	}
	return out
}

// costlyPaths are the paths whose answers take work: they wait for a slot of the limiter.
var costlyPaths = []string{"/", "/status.json", "/panel.png", "/metrics"}

// requestGuard checks host and origin, and sets the headers that tell a browser how to treat an answer.
func requestGuard(p *Page) *web.Guard {
	return &web.Guard{Hosts: func() []string { return allowedHosts(p) }, Refuse: p.writeError}
}

// allowedHosts are the names under which a browser may ask for the page; any other is DNS rebinding.
func allowedHosts(p *Page) []string {
	return append([]string{"localhost", "kiosk.local", p.Kiosk + ".local"}, p.Hosts...)
}

// Redirect leads browsers from plain HTTP to the page under TLS at a port.
func (p *Page) Redirect(port string) http.Handler { return requestGuard(p).RedirectTLS(port) }

// SetPin puts another secret in place while the page runs, as its file holds it, and signs everybody out, unless it is the
// one that counts already.
func (p *Page) SetPin(kept string) error {
	changed, err := p.Password.ReplaceSecret(kept)
	if changed {
		p.sessions.SignOutAll()
	}
	return err
}

// ResetAttempts forgets the wrong guesses: the person who holds the service key stands at the machine, and must not stay locked
// out because a stranger on the network guesses.
func (p *Page) ResetAttempts() { p.Password.Attempts.ResetAttempts() }

// Run looks at the board once a minute, so that the page can tell of the last day, and reports guesses.
func (p *Page) Run(ctx context.Context) error {
	ticks := time.NewTicker(sampleEvery)
	defer ticks.Stop()
	for {
		if p.Board != nil {
			p.boardHistory.addSample(sampleOf(p.Board(), time.Now()))
		}
		reportGuesses(p, ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}
