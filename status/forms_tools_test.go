package status

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// toolbox is a machine whose tools do what they are asked, and say so.
func (h *house) toolbox() (said *[]string) {
	said = &[]string{}
	say := func(format string, args ...any) { *said = append(*said, fmt.Sprintf(format, args...)) }
	h.Tools = Tools{
		TestVend: func(_ context.Context, slot int, who Person) (bool, string, error) {
			if h.sight.Maintenance == "" {
				return false, "", ErrInService
			}
			say("vend %d by %s", slot, sale.FullName(who.Name, who.From))
			return slot == 1, map[bool]string{false: "jam"}[slot == 1], nil
		},
		Pictures: []Picture{{"bars", "彩条", "bars"}},
		Picture:  func(name string) error { say("picture %s", name); return nil },
		ScanTest: func(context.Context) (string, error) {
			if h.sight.Maintenance == "" {
				return "", ErrInService
			}
			say("scan")
			return "wechat", nil
		},
		Locate: func() { say("beep") },
		Reconcile: func(_ context.Context, day time.Time) ([]sale.Finding, error) {
			say("bill of %s", day.Format(time.DateOnly))
			return nil, nil
		},
		Backup: func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, "the book"); return err },
		Bundle: func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, "the evidence"); return err },
		Restart: func(_ context.Context, who Person) (func(), error) {
			say("restart by %s", sale.FullName(who.Name, who.From))
			return func() { say("gone") }, nil
		},
	}
	do := h.Do
	h.Do = func(ctx context.Context, cmd sale.Command) (sale.Reply, error) {
		if n, ok := cmd.(sale.NoteAct); ok {
			say("journal: %s %s, by %s", n.Act, n.What, sale.FullName(n.By, n.From))
		}
		return do(ctx, cmd)
	}
	return said
}

const signed = by + " at " + from

func TestEveryToolDoesItsWorkAndSaysWhoUsedIt(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		body  string
		said  []string
	}{
		{[]string{"/service/test-vend", "slot", "1"}, `{"dropped":true,"fault":"","ok":true}` + "\n", []string{"vend 1 by " + signed}},
		{[]string{"/service/test-vend", "slot", "3"}, `{"dropped":false,"fault":"jam","ok":true}` + "\n", []string{"vend 3 by " + signed}},
		{[]string{"/service/picture", "name", "bars"}, `{"ok":true}` + "\n", []string{"picture bars", "journal: picture bars, by " + signed}},
		{[]string{"/service/scan-test"}, `{"kind":"wechat","ok":true}` + "\n", []string{"scan", "journal: scan-test wechat, by " + signed}},
		{[]string{"/service/locate"}, `{"ok":true}` + "\n", []string{"beep", "journal: locate , by " + signed}},
		{[]string{"/service/reconcile", "date", "2026-02-28"}, `{"day":"2026-02-28","differences":0,"fen":0,"ok":true}` + "\n", []string{"bill of 2026-02-28", "journal: reconcile 2026-02-28, by " + signed}},
		{[]string{"/service/backup"}, "the book", []string{"journal: backup , by " + signed}},
		{[]string{"/service/bundle"}, "the evidence", []string{"journal: bundle , by " + signed}},
		{[]string{"/service/restart"}, `{"ok":true}` + "\n", []string{"restart by " + signed, "gone"}},
	} {
		h := newHouse()
		said := h.toolbox()
		h.sight.Maintenance = "anna"
		must(t, h.do(form(c.pairs[0], append(c.pairs[1:], "pin", secret)...)), 200, c.body)
		if !reflect.DeepEqual(*said, c.said) {
			t.Errorf("%v: %q", c.pairs, *said)
		}
	}
}

func TestAToolRefusesWhatItCannotDo(t *testing.T) {
	for name, c := range map[string]struct {
		pairs   []string
		service bool // the kiosk sells
		want    int
		says    string
	}{
		"vend in service":  {[]string{"/service/test-vend", "slot", "1"}, true, 409, "begin maintenance first"},
		"scan in service":  {[]string{"/service/scan-test"}, true, 409, "begin maintenance first"},
		"no such slot":     {[]string{"/service/test-vend", "slot", "9"}, false, 400, "no such slot"},
		"no such picture":  {[]string{"/service/picture", "name", "../../etc/passwd"}, false, 400, "no such test picture"},
		"a day to come":    {[]string{"/service/reconcile", "date", "2999-01-01"}, false, 400, "before today"},
		"no day":           {[]string{"/service/reconcile", "date", "2026-02-30"}, false, 400, "before today"},
		"the tool says no": {[]string{"/service/backup"}, false, 409, "the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			said := h.toolbox()
			h.Tools.Backup = func(context.Context, io.Writer) error { return errors.New("the disk\nis full") }
			if !c.service {
				h.sight.Maintenance = "anna"
			}
			w := h.do(form(c.pairs[0], append(c.pairs[1:], "pin", secret)...))
			must(t, w, c.want, "")
			oneLine(t, w)
			if !strings.Contains(w.Body.String(), c.says) || len(*said) > 0 {
				t.Errorf("answered %s, did %v", w.Body, *said)
			}
		})
	}
}

func TestAToolThatIsNotThereIsNotOffered(t *testing.T) {
	h := newHouse()
	for _, path := range []string{"test-vend", "picture", "scan-test", "locate", "reconcile", "backup", "bundle", "restart"} {
		must(t, h.do(form("/service/"+path, "pin", secret, "slot", "1", "date", "2026-01-01")), 404, "")
	}
}

func TestOneTechnicianAtATimeTurnsMotors(t *testing.T) {
	h := newHouse()
	h.toolbox()
	h.sight.Maintenance = "anna"
	inside, out := make(chan bool), make(chan bool)
	h.Tools.TestVend = func(context.Context, int, Person) (bool, string, error) {
		inside <- true
		<-out
		return true, "", nil
	}
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- h.do(form("/service/test-vend", "pin", secret, "slot", "1")) }()
	<-inside
	must(t, h.do(form("/service/test-vend", "pin", secret, "slot", "1")), 409, `{"error":"another of these is still under way, wait for it"}`+"\n")
	must(t, h.do(form("/service/locate", "pin", secret)), 200, "")
	close(out)
	must(t, <-first, 200, "")
}

func TestADownloadIsAFileOrAnErrorAndNeverHalf(t *testing.T) {
	h := newHouse()
	h.toolbox()
	w := h.do(form("/service/backup", "pin", secret))
	if d := w.Header().Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="K0042-backup-2`) || !strings.HasSuffix(d, `.db"`) ||
		w.Header().Get("Content-Type") != "application/octet-stream" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a browser shows, or keeps, the book: %v", w.Header())
	}
	w = h.do(form("/service/bundle", "pin", secret))
	if d := w.Header().Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="K0042-bundle-2`) || !strings.HasSuffix(d, `.tar.gz"`) ||
		w.Header().Get("Content-Type") != "application/gzip" {
		t.Errorf("the evidence is called what it is not, and nothing opens it: %v", w.Header())
	}
	h.Tools.Backup = func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("half", 10_000))
		return errors.New("the card is gone")
	}
	srv := httptest.NewServer(h.h)
	defer srv.Close()
	resp, err := srv.Client().PostForm(srv.URL+"/service/backup", map[string][]string{"pin": {secret}})
	if err != nil {
		return // it broke off before the head was sent: nobody takes that for a file
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("half a backup looks like a whole one")
	}
}

func TestTheAnswerLeavesBeforeTheServiceEnds(t *testing.T) {
	h := newHouse()
	h.toolbox()
	w := httptest.NewRecorder()
	h.Tools.Restart = func(context.Context, Person) (func(), error) {
		return func() {
			if w.Code != 200 || !w.Flushed || w.Body.Len() == 0 {
				t.Error("the technician's browser hangs on a kiosk that is gone")
			}
		}, nil
	}
	h.h.ServeHTTP(w, form("/service/restart", "pin", secret))
	if w.Header().Get("Connection") != "close" {
		t.Error("the browser asks the dead connection next")
	}
	r := form("/service/restart", "pin", secret)
	r.Header.Set("Accept", "text/html")
	w = h.do(r)
	if page := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(page, "正在重启，请等一分钟") || !strings.Contains(page, `data-restarting="1"`) {
		t.Errorf("answered %d: a redirect leads to a program that is gone, and the technician reads that nothing got through", w.Code)
	}
}

func TestABackupThatHasNoRoomSaysSoInBothLanguages(t *testing.T) {
	h := newHouse()
	h.toolbox()
	h.Tools.Backup = func(context.Context, io.Writer) error { return fmt.Errorf("%w: 9 MiB", ErrNoRoom) }
	w := h.do(form("/service/backup", "pin", secret))
	must(t, w, http.StatusInsufficientStorage, "")
	oneLine(t, w)
	r := form("/service/backup", "pin", secret)
	r.Header.Set("Accept", "text/html")
	if page := h.get(h.do(r).Header().Get("Location")).Body.String(); !strings.Contains(page, "存储卡放不下一份备份") {
		t.Error("whoever reads Chinese is not told why there is no backup")
	}
}

func TestARestartWaitsForWhoeverIsServed(t *testing.T) {
	h := newHouse()
	h.toolbox()
	h.Tools.Restart = func(context.Context, Person) (func(), error) { return nil, ErrServing }
	must(t, h.do(form("/service/restart", "pin", secret)), 409, `{"error":"a customer is being served, or a motor turns: try again in a minute"}`+"\n")
	r := form("/service/restart", "pin", secret)
	r.Header.Set("Accept", "text/html")
	w := h.do(r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.Contains(h.get(to).Body.String(), "正有顾客在买，或电机在转") {
		t.Errorf("whoever reads Chinese is not told why: %d to %q", w.Code, to)
	}
}
