package sale

import (
	"testing"
	"time"
)

// readRefund leads an order to its refund's screen: nothing fell.
func readRefund(t *testing.T) (*world, No) {
	t.Helper()
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	for range 100 {
		if w.view.Screen == ScreenRefunding {
			return w, no
		}
		w.wait(100 * time.Millisecond)
	}
	t.Fatalf("the customer reads %+v", w.view)
	return nil, ""
}

func TestARefundsScreenSaysWhyAndStays(t *testing.T) {
	w, no := readRefund(t)
	if w.view.No != no || w.view.Cause != FaultNoDrop || w.view.Note != NoteReturned {
		t.Errorf("the customer reads %+v, and not that nothing fell", w.view)
	}
	w.wait(50 * time.Second)
	if w.view.Screen != ScreenRefunding || w.view.No != no {
		t.Errorf("after 50 s the number is gone: %+v", w.view)
	}
	w.wait(15 * time.Second)
	if w.view.Screen != ScreenIdle {
		t.Errorf("it never goes: %+v", w.view)
	}
}

func TestNoKeyTakesARefundsScreenAwayAtOnce(t *testing.T) {
	w, no := readRefund(t)
	for range 3 { // the key of the goods that hang
		w.press(1)
	}
	w.tell(GaveUp{})
	if w.view.Screen != ScreenRefunding || w.view.No != no {
		t.Fatalf("a key took the number away: %+v", w.view)
	}
	w.press(2)
	if w.view.No != no {
		t.Errorf("another key took the number away at once: %+v", w.view)
	}
	w.wait(holdFor + 2*time.Second)
	if w.view.Screen != ScreenQR || w.view.Slot != 2 {
		t.Errorf("the key that was pressed is forgotten: %+v", w.view)
	}
}

func TestAfterAWhileAKeyEndsARefundsScreen(t *testing.T) {
	w, no := readRefund(t)
	w.wait(holdFor)
	w.press(1)
	if w.view.No != no {
		t.Errorf("the key of a slot that does not sell took the number away: %+v", w.view)
	}
	w.press(2)
	if w.view.Screen != ScreenAsking || w.view.Slot != 2 {
		t.Errorf("the next customer's key is not taken: %+v", w.view)
	}
	w, _ = readRefund(t)
	w.wait(holdFor)
	w.tell(GaveUp{})
	if w.view.Screen != ScreenIdle {
		t.Errorf("the cancel key leaves it: %+v", w.view)
	}
}

func TestARefundThatIsRefusedIsSaidSo(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Cause: CauseRefundImpossible, Code: "USER_ACCOUNT_ABNORMAL"}, c.Kind == KindRefund
	}
	for range 300 {
		if w.state(no) == Owed {
			break
		}
		w.wait(100 * time.Millisecond)
	}
	if w.state(no) != Owed || w.view.Screen != ScreenRefunding || w.view.Note != NoteOwed || w.view.No != no {
		t.Fatalf("%s: the customer is told %+v", w.state(no), w.view)
	}
	w.wait(owedFor - 10*time.Second)
	if w.view.Note != NoteOwed || w.view.No != no {
		t.Errorf("whom to call and the number are gone: %+v", w.view)
	}
}

func TestMaintenanceHasThePanelWhileARefundIsRead(t *testing.T) {
	w, no := readRefund(t)
	w.tell(SetMaintenance{On: true, By: "anna"})
	if w.view.Screen != ScreenMaintenance {
		t.Errorf("the technician waits for the panel: %+v", w.view)
	}
	w.tell(SetMaintenance{By: "anna"})
	if w.view.No != no {
		t.Errorf("maintenance has wiped the number: %+v", w.view)
	}
}
