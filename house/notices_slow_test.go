package house_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/sim/gateway"
	"kiosk/status"
	"kiosk/store"
	"kiosk/web"
)

// TestASlowCardAnswersFailWithinASecond: the card takes its time while a notice comes. The gateway is told in time that
// we do not have it, though a moment later we do; it comes again, is acknowledged, and is kept once.
func TestASlowCardAnswersFailWithinASecond(t *testing.T) {
	overAgreements(t, func(t *testing.T, agreed string) {
		h := agreedHouse(folder(t), 31, agreed)
		var b *doorbell
		synctest.Test(t, func(t *testing.T) {
			bell, stop := h.bell()
			b = bell
			if err := h.open(); err != nil {
				t.Fatal(err)
			}
			defer h.shut()
			defer stop()
			p := h.shopper(t)
			no := h.newest(t).No
			b.slows(8 * time.Second)
			began := time.Now()
			if said := p.phone("pay"); said != gateway.PhonePaid {
				t.Fatalf("nobody can pay: %q", said)
			}
			h.until(time.Minute, func() bool { return len(b.letters()) == 1 })
			if took := time.Since(began); took > time.Second || b.letters()[0].status != 500 || len(b.kept()) != 0 {
				t.Errorf("after %v the gateway was answered %d, and %d were kept", took, b.letters()[0].status, len(b.kept()))
			}
			b.slows(0)
			if !h.until(time.Minute, func() bool { l := b.letters(); return len(l) > 1 && l[len(l)-1].taken }) {
				t.Error("the notice did not come again, or was not kept then")
			}
			if o := h.ends(t, no); o.State != sale.Sold {
				t.Errorf("the order is %s", o.State)
			}
			if !h.settle(4 * time.Hour) {
				h.blame("four hours later something is still under way")
			}
		})
		lost(t, h.judge(func(sale.No) bool { return false }))
		if kept := b.kept(); len(kept) != 1 {
			t.Errorf("%d notices are kept, one was written", len(kept))
		}
	})
}

func (b *doorbell) slows(by time.Duration) {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	b.slow = by
}

// TestALockedBookDoesNotHoldTheGateway: another program holds the real book. The answer leaves while the write still
// waits for it, and the write is done when the other lets go.
func TestALockedBookDoesNotHoldTheGateway(t *testing.T) {
	path := filepath.Join(t.TempDir(), bookName)
	book, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	over := make(chan error, 1)
	door := (&pay.Notices{}).WebhookV2(func(ctx context.Context, _ http.Header, _ []byte) error {
		_, err := book.KeepNotice(ctx, sale.Notice{ID: "1", API: "v2", Kind: sale.NoticePaid, No: "K1-000001AAAAAAAAAAAAAAAAAAAA", Fen: 350})
		over <- err
		return err
	}, web.RemoteAddr)
	free := lockBook(t, path)
	w := httptest.NewRecorder()
	door.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/notify/v2", strings.NewReader("<xml/>")))
	select {
	case err := <-over:
		t.Errorf("the gateway had to wait until the book gave up: %v", err)
	default:
	}
	if w.Code != http.StatusInternalServerError {
		t.Errorf("answered %d", w.Code)
	}
	free()
	if err := <-over; err != nil {
		t.Errorf("the write did not outlive the lock: %v", err)
	}
	if kept, err := book.ListNotices(t.Context(), 0); err != nil || len(kept) != 1 {
		t.Errorf("%d kept, %v", len(kept), err)
	}
}

// lockBook is another program that writes to the book, and does not end.
func lockBook(t *testing.T, path string) (free func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err == nil {
		_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryCheckOfANoticeHasWords: what pay counts, the page says in the reader's language.
func TestEveryCheckOfANoticeHasWords(t *testing.T) {
	counts := (&pay.Notices{}).Counts()
	if len(counts) < 20 {
		t.Fatalf("only %d checks are counted", len(counts))
	}
	for name := range counts {
		for _, lang := range []string{"zh", "en"} {
			if words := status.NoticeWord(name, lang); words == "" || words == name && name != "good" {
				t.Errorf("%s is shown as a bare code in %s", name, lang)
			}
		}
	}
}
