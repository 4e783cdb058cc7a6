// Package web is what every web page here needs: login, sessions, limits, TLS.
//
// The one thing to know: nothing in it knows whose page it serves. What only the page knows, such as its host names and the
// words of a refusal, it passes in as a function.
package web

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"time"
)

// Refuser answers a request that is not served. The code names the reason; the page has its words in the reader's language.
type Refuser func(w http.ResponseWriter, r *http.Request, status int, code string)

// NewServer serves a page with every limit that it needs. A handler that may take longer calls ExtendDeadlines.
func NewServer(h http.Handler) *http.Server {
	onlyHTTP1 := new(http.Protocols)
	onlyHTTP1.SetHTTP1(true) // a page of ten files has no use for streams, but an attacker has
	return &http.Server{
		Handler: h, Protocols: onlyHTTP1, ConnState: noteConnState,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 12 << 10, // and 4 KiB that the server adds by itself
		ErrorLog:       log.New(panicFilter{log.Writer()}, "", 0),
	}
}

// panicFilter lets through the faults of our own handlers. The server's other lines any stranger can cause, as often as they like.
type panicFilter struct{ to io.Writer }

func (p panicFilter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) {
		return p.to.Write(b)
	}
	return len(b), nil
}

// AllowMethod lets one method in, and HEAD where GET is allowed.
func AllowMethod(method string, h http.HandlerFunc, refuse Refuser) http.HandlerFunc {
	allow := method
	if method == http.MethodGet {
		allow = "GET, HEAD"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && (method != http.MethodGet || r.Method != http.MethodHead) {
			w.Header().Set("Allow", allow)
			refuse(w, r, http.StatusMethodNotAllowed, "method")
			return
		}
		h(w, r)
	}
}

// WriteJSON answers with a document.
func WriteJSON(w http.ResponseWriter, status int, doc any) {
	body, err := json.Marshal(doc)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// ExtendDeadlines lifts the time limits of a request for an answer that takes as long as it takes. Each write then has
// a deadline of its own: a slow reader is served, one that reads nothing for the idle time is not.
func ExtendDeadlines(w http.ResponseWriter, idle time.Duration) http.ResponseWriter {
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // not every connection has one
	_ = out.SetWriteDeadline(time.Now().Add(idle))
	return &rollingDeadline{w, out, idle}
}

type rollingDeadline struct {
	http.ResponseWriter
	out  *http.ResponseController
	idle time.Duration
}

func (r *rollingDeadline) Write(b []byte) (int, error) {
	_ = r.out.SetWriteDeadline(time.Now().Add(r.idle))
	return r.ResponseWriter.Write(b)
}

func (r *rollingDeadline) Unwrap() http.ResponseWriter { return r.ResponseWriter }
