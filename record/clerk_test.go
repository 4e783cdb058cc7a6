package record

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

// parts are all that a clerk needs; some writes fail.
type parts struct {
	mu      sync.Mutex
	book    ledger
	writes  int
	failAt  int // the write that fails; 0: none
	failFor int
	offs    int
	qr      string
	paid    bool
}

func (p *parts) fails() bool {
	p.writes++
	return p.failAt > 0 && p.writes >= p.failAt && p.writes < p.failAt+p.failFor
}

func (p *parts) Write(_ context.Context, b sale.Batch) error {
	time.Sleep(20 * time.Millisecond)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails() {
		return errors.New("the card is gone")
	}
	p.book.write(b)
	return nil
}

func (p *parts) Load(context.Context) (sale.History, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.book.history(), nil
}

func (p *parts) CheckWritable(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails() {
		return errors.New("the card is gone")
	}
	return nil
}

func (p *parts) Ask(_ context.Context, o sale.Order) (sale.Answer, error) {
	return sale.Answer{Outcome: sale.OutcomeAccepted, CodeURL: "qr:" + string(o.No)}, nil
}

func (p *parts) payment(o sale.Order) sale.Answer {
	return sale.Answer{Outcome: sale.OutcomePaid, Code: "SUCCESS", Money: sale.Money{Transaction: "T" + string(o.No), Fen: o.Fen, Currency: "CNY", At: time.Now()}}
}

func (p *parts) Charge(_ context.Context, o sale.Order, _ string) (sale.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paid = true
	return p.payment(o), nil
}

func (p *parts) Query(_ context.Context, o sale.Order) (sale.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case o.State == sale.New:
		return sale.Answer{Outcome: sale.OutcomeMissing, Code: "ORDERNOTEXIST"}, nil
	case o.Means == sale.Code && o.State == sale.Refunding:
		return sale.Answer{Outcome: sale.OutcomeReturned, Code: "REFUND", Returned: o.RefundFen, Refund: sale.RefundDone}, nil
	case o.Means == sale.Code && p.paid:
		return p.payment(o), nil
	case o.Means == sale.Code || o.State == sale.Closing:
		return sale.Answer{Outcome: sale.OutcomeGone, Code: "CLOSED"}, nil
	}
	return sale.Answer{Outcome: sale.OutcomeUnpaid, Code: "NOTPAY"}, nil
}

func (p *parts) Cancel(context.Context, sale.Order) (sale.Answer, error) {
	return sale.Answer{Outcome: sale.OutcomeAccepted}, nil
}

func (p *parts) Refund(context.Context, sale.Order) (sale.Answer, error) {
	return sale.Answer{Outcome: sale.OutcomeAccepted}, nil
}

func (p *parts) Vend(context.Context, int) (int, string) {
	time.Sleep(2 * time.Second)
	return 1, ""
}

func (p *parts) Off() { p.mu.Lock(); p.offs++; p.mu.Unlock() }

func (p *parts) Arm(bool) {}

func (p *parts) Show(v sale.View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v.QR != "" {
		p.qr = v.QR
	}
}

// sell leads one customer with a payment code through a sale, and lets an hour pass.
func sell(t *testing.T, p *parts, r *Recorder) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		writing, cease := context.WithCancel(context.Background())
		k := &sale.Clerk{Open: func() *sale.Shop { return &sale.Shop{Kiosk: "K1"} }, Gateway: p, Book: p, Dispenser: p, Screen: p, Scanner: p,
			Wall: func() (time.Time, bool) { return time.Now(), true }, Recorder: r}
		var all sync.WaitGroup
		all.Go(func() { _ = r.Run(writing) })
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		time.Sleep(time.Second)
		k.Press(1)
		time.Sleep(time.Second)
		if k.Snapshot().View.QR != "" {
			k.Scan("134650720866361395", sale.KindWeChat)
		}
		time.Sleep(time.Hour)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		cease()
		all.Wait()
	})
}

func TestTheClerkRecordsWhatItTellsItsShopAndNoSecret(t *testing.T) {
	for at := range 8 { // the write that fails
		tape := &reel{}
		p := &parts{book: newLedger(), failAt: at, failFor: 2}
		sell(t, p, &Recorder{Sink: tape})
		lives := 1
		if p.offs > 0 {
			lives += p.offs
		}
		got, err := Replay(strings.NewReader(tape.text()), nil)
		if err != nil || got.Lives != lives || got.Steps < 20 {
			t.Errorf("write %d fails: %+v, %v; the outputs went off %d times", at, got, err, p.offs)
		}
		for _, secret := range []string{"134650720866361395", "650720866361", p.qr} {
			if secret != "" && strings.Contains(tape.text(), secret) {
				t.Errorf("write %d fails: the recording holds %s", at, secret)
			}
		}
		if p.qr != "" && !strings.Contains(tape.text(), `"CodeURL":"recorded:`) {
			t.Errorf("write %d fails: the recording says nothing of any QR code", at)
		}
	}
}
