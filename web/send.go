package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Files answers with a page's own files, packed once.
type Files struct {
	FS     fs.FS
	Refuse Refuser

	packed sync.Map // of packedFile, by name
}

// ServeFile answers with the file that the path names.
func (f *Files) ServeFile(contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[1:]
		packed, ok := f.packed.Load(name)
		if !ok {
			body, err := fs.ReadFile(f.FS, name)
			if err != nil {
				f.Refuse(w, r, http.StatusNotFound, "nothing here")
				return
			}
			body = trimSource(body)
			packed, _ = f.packed.LoadOrStore(name, packedFile{body, compressGzip(body, gzip.BestCompression)})
		}
		file := packed.(packedFile)
		if acceptsGzip(r) {
			sendGzip(w, contentType, file.small)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Write(file.body)
	}
}

type packedFile struct{ body, small []byte }

// trimSource leaves out what only readers of the source need: indentation, and comments on lines of their own. Our files hold
// no text that goes over a line's end.
func trimSource(source []byte) []byte {
	out := make([]byte, 0, len(source))
	for line := range bytes.Lines(source) {
		if line = bytes.TrimLeft(line, " \t"); !bytes.HasPrefix(line, []byte("//")) && len(line) > 1 {
			out = append(out, line...)
		}
	}
	return out
}

// SendPage answers with a page that was made just now, packed if the reader can unpack it: a link may be slow. A page
// must hold nothing secret, or its packed length would reveal it.
func SendPage(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	if acceptsGzip(r) {
		sendGzip(w, contentType, compressGzip(body, gzip.BestSpeed))
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Write(body)
}

func sendGzip(w http.ResponseWriter, contentType string, small []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Encoding", "gzip")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Length", strconv.Itoa(len(small)))
	w.Write(small)
}

func compressGzip(body []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the levels are ours
	}
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

func acceptsGzip(r *http.Request) bool {
	for _, one := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q = strings.TrimSpace(q)
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q[3:], ".0") != ""
		}
	}
	return false
}
