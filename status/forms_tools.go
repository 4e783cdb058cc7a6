package status

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

const (
	benchFor = time.Minute      // a test vend or scan test, the slowest there is
	deskFor  = 10 * time.Minute // a bill, or a copy of a large book
	readIdle = 30 * time.Second // a download that nobody reads for so long is over
)

// at keeps two technicians from working on the same thing at once.
func at(mu *sync.Mutex, do func() (string, map[string]any, *refusal)) (string, map[string]any, *refusal) {
	if !mu.TryLock() {
		return "", nil, because(http.StatusConflict, "busy")
	}
	defer mu.Unlock()
	return do()
}

// broken is a tool's own word on why it did not do it.
func broken(err error) *refusal {
	switch {
	case errors.Is(err, ErrServing):
		return because(http.StatusConflict, "serving")
	case errors.Is(err, ErrNoRoom):
		return because(http.StatusInsufficientStorage, "room")
	}
	return &refusal{status: http.StatusConflict, line: strings.Join(strings.Fields(err.Error()), " ")}
}

func missing() (string, map[string]any, *refusal) {
	return "", nil, because(http.StatusNotFound, "no tool")
}

func testVend(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.TestVend == nil {
		return missing()
	}
	ware, no := p.ware(r)
	if no != nil {
		return "", nil, no
	}
	if p.Look().Maintenance == "" {
		return "", nil, because(http.StatusConflict, "in service")
	}
	return at(&p.bench, func() (string, map[string]any, *refusal) {
		web.ExtendDeadlines(w, benchFor)
		ctx, cancel := context.WithTimeout(r.Context(), benchFor)
		defer cancel()
		dropped, fault, err := p.Tools.TestVend(ctx, int(ware.Slot), who)
		if err != nil {
			return "", nil, broken(err)
		}
		code := "vend."
		if dropped {
			code = "vend+"
		}
		return code + fault, map[string]any{"dropped": dropped, "fault": fault}, nil
	})
}

func showPicture(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Picture == nil {
		return missing()
	}
	name := r.PostForm.Get("name")
	if !slices.ContainsFunc(p.Tools.Pictures, func(o Picture) bool { return o.Name == name }) {
		return "", nil, because(http.StatusBadRequest, "picture")
	}
	return at(&p.bench, func() (string, map[string]any, *refusal) {
		if err := p.Tools.Picture(name); err != nil {
			return "", nil, broken(err)
		}
		p.note(r, sale.ActPicture, name, who)
		return "picture", nil, nil
	})
}

func scanTest(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	switch {
	case p.Tools.ScanTest == nil:
		return missing()
	case p.Look().Maintenance == "":
		return "", nil, because(http.StatusConflict, "in service")
	}
	return at(&p.bench, func() (string, map[string]any, *refusal) {
		web.ExtendDeadlines(w, benchFor)
		ctx, cancel := context.WithTimeout(r.Context(), benchFor)
		defer cancel()
		kind, err := p.Tools.ScanTest(ctx)
		if err != nil {
			p.note(r, sale.ActScanTest, "", who)
			return "", nil, broken(err)
		}
		p.note(r, sale.ActScanTest, kind, who)
		return "scan." + kind, map[string]any{"kind": kind}, nil
	})
}

func locate(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Locate == nil {
		return missing()
	}
	p.Tools.Locate()
	p.note(r, sale.ActLocate, "", who)
	return "located", nil, nil
}

func reconcile(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Reconcile == nil {
		return missing()
	}
	day, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("date"), beijing)
	today := time.Now().In(beijing).Format(time.DateOnly)
	if err != nil || day.Format(time.DateOnly) >= today {
		return "", nil, because(http.StatusBadRequest, "date")
	}
	return at(&p.desk, func() (string, map[string]any, *refusal) {
		web.ExtendDeadlines(w, deskFor)
		ctx, cancel := context.WithTimeout(r.Context(), deskFor)
		defer cancel()
		err := p.Tools.Reconcile(ctx, day)
		if err != nil {
			p.note(r, sale.ActReconcileNot, day.Format(time.DateOnly), who)
			return "", nil, broken(err)
		}
		p.note(r, sale.ActReconcile, day.Format(time.DateOnly), who)
		return "reconciled", nil, nil
	})
}

func backup(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	return p.download(w, r, who, sale.ActBackup, sqlite, p.Tools.Backup)
}

func bundle(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	return p.download(w, r, who, sale.ActBundle, tarball, p.Tools.Bundle)
}

// format is what a file is called at its end, and what a browser is told that it is.
type format struct{ ext, kind string }

var (
	sqlite  = format{".db", "application/octet-stream"}
	tarball = format{".tar.gz", "application/gzip"}
)

// download sends what a tool writes as a file. Once the first byte is out an error can only be told by breaking off.
func (p *Page) download(w http.ResponseWriter, r *http.Request, who Person, act sale.Act, as format, write func(context.Context, io.Writer) error) (string, map[string]any, *refusal) {
	if write == nil {
		return missing()
	}
	return at(&p.desk, func() (string, map[string]any, *refusal) {
		ctx, cancel := context.WithTimeout(r.Context(), deskFor)
		defer cancel()
		name := fmt.Sprintf("%s-%s-%s%s", p.Kiosk, act, time.Now().In(beijing).Format("20060102-150405"), as.ext)
		web.ExtendDeadlines(w, deskFor)
		to := &file{w: w, name: name, kind: as.kind}
		err := write(ctx, to)
		if err != nil && !to.begun {
			return "", nil, broken(err)
		}
		p.note(r, act, "", who)
		if err != nil {
			panic(http.ErrAbortHandler) // the browser sees that half is missing
		}
		to.begin()
		return downloaded, nil, nil
	})
}

// file says that it is a download as soon as there is something in it, and not before.
type file struct {
	w          http.ResponseWriter
	name, kind string
	begun      bool
}

func (f *file) begin() {
	if f.begun {
		return
	}
	f.begun = true
	f.w.Header().Set("Content-Type", f.kind)
	f.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	f.w = web.ExtendDeadlines(f.w, readIdle)
}

func (f *file) Write(b []byte) (int, error) {
	f.begin()
	return f.w.Write(b)
}

func restart(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Restart == nil {
		return missing()
	}
	return at(&p.bench, func() (string, map[string]any, *refusal) {
		end, err := p.Tools.Restart(r.Context(), who)
		if err != nil {
			return "", nil, broken(err)
		}
		w.Header().Set("Connection", "close")
		p.done(w, r, "restart", nil)
		_ = http.NewResponseController(w).Flush() // the service may be gone before the next line
		end()
		return downloaded, nil, nil
	})
}
