package status

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// packed are the page's own files as they go over the air, packed once.
var packed sync.Map // of []byte, by name

// file answers with one of the page's own files.
func (p *Page) file(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[1:]
		if !unpacks(r) {
			w.Header().Set("Content-Type", kind)
			http.ServeFileFS(w, r, files, name)
			return
		}
		small, ok := packed.Load(name)
		if !ok {
			body, err := files.ReadFile(name)
			if err != nil {
				fail(w, r, http.StatusNotFound, "nothing here")
				return
			}
			small, _ = packed.LoadOrStore(name, pack(body, gzip.BestCompression))
		}
		sendPacked(w, kind, small.([]byte))
	}
}

// send answers with what was printed just now, as small as the reader can take it: a basement has a bad link. Nothing
// secret stands on the page, so its length tells nothing.
func send(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	if unpacks(r) {
		sendPacked(w, kind, pack(body, gzip.BestSpeed))
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(body)
}

func sendPacked(w http.ResponseWriter, kind string, small []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Encoding", "gzip")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Length", strconv.Itoa(len(small)))
	w.Write(small)
}

func pack(body []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the levels are ours
	}
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// unpacks tells whether a browser reads gzip, as every browser says that it does.
func unpacks(r *http.Request) bool {
	for _, one := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q = strings.TrimSpace(q)
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q[3:], ".0") != ""
		}
	}
	return false
}
