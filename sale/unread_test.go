package sale

import (
	"testing"
	"time"
)

func TestACustomerWhoseCodeCannotBeReadIsTold(t *testing.T) {
	w := calmWorld(t)
	w.tell(Scanned{Wallet: KindUnread})
	if w.view.Note != "" {
		t.Errorf("nobody is at the machine, and the screen says %s", w.view.Note)
	}
	no := w.qr(t, 1)
	w.tell(Scanned{Wallet: KindUnread})
	if w.view.Screen != ScreenQR || w.view.QR == "" || w.view.Note != NoteUnread {
		t.Errorf("what cannot be read is met with silence: %+v", w.view)
	}
	w.wait(5 * time.Second)
	w.gate.pay(w.gate.orders[no])
	w.wait(10 * time.Second)
	if w.state(no) != Sold {
		t.Errorf("the order is %s: a code that nobody could read stopped the sale", w.state(no))
	}
}
