package status

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

const (
	machineFor = time.Minute      // a test vend or scan test, the slowest there is
	bookFor    = 10 * time.Minute // a bill, or a copy of a large book
	readIdle   = 30 * time.Second // a download that nobody reads for so long is over
)

// tryLock keeps two technicians from working on the same thing at once, and gives one of them the time that it takes.
func tryLock(mu *sync.Mutex, most time.Duration, w http.ResponseWriter, r *http.Request,
	do func(context.Context) (string, map[string]any, *refusal)) (string, map[string]any, *refusal) {
	if !mu.TryLock() {
		return "", nil, refuse(http.StatusConflict, "busy")
	}
	defer mu.Unlock()
	web.ExtendDeadlines(w, most)
	ctx, cancel := context.WithTimeout(r.Context(), most)
	defer cancel()
	return do(ctx)
}

// toolRefusals are what a tool says in words of the page's own.
var toolRefusals = []struct {
	err    error
	status int
	word   string
}{
	{ErrInService, http.StatusConflict, "in service"}, {ErrServing, http.StatusConflict, "serving"}, {ErrTurning, http.StatusConflict, "turning"},
	{ErrNotTurned, http.StatusConflict, "not turned"}, {ErrScanning, http.StatusConflict, "scanning"}, {ErrNothingRead, http.StatusConflict, "nothing read"},
	{ErrNoRoom, http.StatusInsufficientStorage, "room"}, {ErrBillLater, http.StatusConflict, "bill later"}, {ErrBillUnreached, http.StatusConflict, "bill unreached"},
}

// toolRefusal is why a tool did not do it. For what has no word of its own there is the tool's, and the cause in full.
func toolRefusal(err error, otherwise string) *refusal {
	for _, known := range toolRefusals {
		if errors.Is(err, known.err) {
			return refuse(known.status, known.word)
		}
	}
	return &refusal{status: http.StatusConflict, word: otherwise, cause: cleanCause(err)}
}

// refuseMissing answers for a tool that this machine has no part for.
func refuseMissing() (string, map[string]any, *refusal) {
	return "", nil, refuse(http.StatusNotFound, "no tool")
}

// testVend turns a slot's motor. It takes as long as the motor does, so that the technician reads what came of it.
func testVend(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.TestVend == nil {
		return refuseMissing()
	}
	ware, no := findSlot(p, r)
	if no != nil {
		return "", nil, no
	}
	return tryLock(&p.atMachine, machineFor, w, r, func(ctx context.Context) (string, map[string]any, *refusal) {
		dropped, fault, err := p.Tools.TestVend(ctx, int(ware.Slot), who)
		if err != nil {
			return "", nil, toolRefusal(err, "vend failed")
		}
		code := "vend."
		if dropped {
			code = "vend+"
		}
		return code + fault, map[string]any{"dropped": dropped, "fault": fault}, nil
	})
}

// showPicture puts a test picture on the panel for half a minute.
func showPicture(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Picture == nil {
		return refuseMissing()
	}
	name := r.PostForm.Get("name")
	if !slices.ContainsFunc(p.Tools.Pictures, func(o Picture) bool { return o.Name == name }) {
		return "", nil, refuse(http.StatusBadRequest, "picture")
	}
	return tryLock(&p.atMachine, machineFor, w, r, func(context.Context) (string, map[string]any, *refusal) {
		if err := p.Tools.Picture(name); err != nil {
			return "", nil, toolRefusal(err, "picture failed")
		}
		p.noteAct(r, sale.ActPicture, name, who)
		return "picture", nil, nil
	})
}

// scanTest waits for one code at the scan module and says what kind it was. The code itself is never told.
func scanTest(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.ScanTest == nil {
		return refuseMissing()
	}
	return tryLock(&p.atMachine, machineFor, w, r, func(ctx context.Context) (string, map[string]any, *refusal) {
		kind, err := p.Tools.ScanTest(ctx)
		if err != nil {
			if !errors.Is(err, ErrInService) { // otherwise nothing was tried
				p.noteAct(r, sale.ActScanTest, "", who)
			}
			return "", nil, toolRefusal(err, "scan failed")
		}
		p.noteAct(r, sale.ActScanTest, kind, who)
		return "scan." + kind, map[string]any{"kind": kind}, nil
	})
}

// locateMachine beeps and blinks, so that the one machine in a row of them is found.
func locateMachine(p *Page, _ http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Locate == nil {
		return refuseMissing()
	}
	p.Tools.Locate()
	p.noteAct(r, sale.ActLocate, "", who)
	return "located", nil, nil
}

// reconcileDay compares a day's bill with the book. Today's bill is not written yet: days before today only.
func reconcileDay(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Reconcile == nil {
		return refuseMissing()
	}
	day, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("date"), beijing)
	today := time.Now().In(beijing).Format(time.DateOnly)
	if err != nil || day.Format(time.DateOnly) >= today {
		return "", nil, refuse(http.StatusBadRequest, "date")
	}
	return tryLock(&p.withBook, bookFor, w, r, func(ctx context.Context) (string, map[string]any, *refusal) {
		found, err := p.Tools.Reconcile(ctx, day)
		if err != nil {
			p.noteAct(r, sale.ActReconcileNot, day.Format(time.DateOnly), who)
			return "", nil, toolRefusal(err, "bill failed")
		}
		p.noteAct(r, sale.ActReconcile, day.Format(time.DateOnly), who)
		code, more := reconcileResult(day, found)
		return code, more, nil
	})
}

// reconcileResult says in how many places a day's bill and the book differ, and about how much money.
func reconcileResult(day time.Time, found []sale.Finding) (code string, more map[string]any) {
	var gap sale.Fen
	for _, f := range found {
		gap += f.Gap()
	}
	more = map[string]any{"day": day.Format(time.DateOnly), "differences": len(found), "fen": gap}
	if len(found) == 0 {
		return "agrees-" + day.Format(dayCode), more
	}
	return fmt.Sprintf("differs-%s,%d,%d", day.Format(dayCode), len(found), gap), more
}

// sendBackup sends a consistent copy of the book, while the kiosk sells.
func sendBackup(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	return sendFile(p, w, r, who, sale.ActBackup, sqlite, p.Tools.Backup)
}

// sendBundle sends the evidence: config without secrets, orders, log and recordings.
func sendBundle(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	return sendFile(p, w, r, who, sale.ActBundle, tarball, p.Tools.Bundle)
}

// format is what a file is called at its end, and what a browser is told that it is.
type format struct{ ext, kind string }

var (
	sqlite  = format{".db", "application/octet-stream"}
	tarball = format{".tar.gz", "application/gzip"}
)

// sendFile sends what a tool writes as a file. Once the first byte is out an error can only be told by breaking off.
func sendFile(p *Page, w http.ResponseWriter, r *http.Request, who Person, act sale.Act, as format, write func(context.Context, io.Writer) error) (string, map[string]any, *refusal) {
	if write == nil {
		return refuseMissing()
	}
	return tryLock(&p.withBook, bookFor, w, r, func(ctx context.Context) (string, map[string]any, *refusal) {
		name := fmt.Sprintf("%s-%s-%s%s", p.Kiosk, act, time.Now().In(beijing).Format("20060102-150405"), as.ext)
		to := &fileWriter{w: w, name: name, kind: as.kind}
		err := write(ctx, to)
		if err != nil && !to.begun {
			return "", nil, toolRefusal(err, string(act)+" failed")
		}
		p.noteAct(r, act, "", who)
		if err != nil {
			panic(http.ErrAbortHandler) // the browser sees that half is missing
		}
		to.sendHeader()
		return answeredAlready, nil, nil
	})
}

// fileWriter says that it is a download as soon as there is something in it, and not before.
type fileWriter struct {
	w          http.ResponseWriter
	name, kind string
	begun      bool
}

// sendHeader names the file, once. From here on each write has a deadline of its own.
func (f *fileWriter) sendHeader() {
	if f.begun {
		return
	}
	f.begun = true
	f.w.Header().Set("Content-Type", f.kind)
	f.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	f.w = web.ExtendDeadlines(f.w, readIdle)
}

func (f *fileWriter) Write(b []byte) (int, error) {
	f.sendHeader()
	return f.w.Write(b)
}

// restartProgram answers first and ends the service then: the answer must be out before the process is gone.
func restartProgram(p *Page, w http.ResponseWriter, r *http.Request, who Person) (string, map[string]any, *refusal) {
	if p.Tools.Restart == nil {
		return refuseMissing()
	}
	return tryLock(&p.atMachine, machineFor, w, r, func(ctx context.Context) (string, map[string]any, *refusal) {
		end, err := p.Tools.Restart(ctx, who)
		if err != nil {
			return "", nil, toolRefusal(err, "restart failed")
		}
		w.Header().Set("Connection", "close")
		answerRestart(p, w, r)
		_ = http.NewResponseController(w).Flush() // the service may be gone before the next line
		end()
		return answeredAlready, nil, nil
	})
}
