package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kiosk/sale"
)

// A light barrier that a version cannot read looks like goods in the chute: the slots that sold before are its fault.
func TestAVersionUnderWhichNoSlotSellsAnyMoreGoesBack(t *testing.T) {
	slots := func(ready bool, faults ...string) *Status {
		s := &Status{Ready: ready}
		if !ready {
			s.Why = []sale.Why{{Code: sale.NotReadyEmpty, Text: "no slot can sell"}}
		}
		text := make([]string, len(faults))
		for i, f := range faults {
			text[i] = fmt.Sprintf(`{"number":%d,"fault":%q}`, i+1, f)
		}
		if err := json.Unmarshal([]byte("["+strings.Join(text, ",")+"]"), &s.Slots); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		before, now *Status
		want        string
	}{
		"all blocked now":            {slots(true, "", ""), slots(false, "blocked", "blocked"), Fail},
		"the last that sold":         {slots(true, "jam", ""), slots(false, "jam", "blocked"), Fail},
		"as before":                  {slots(false, "blocked", "blocked"), slots(false, "blocked", "blocked"), Warn},
		"sold out meanwhile":         {slots(true, "", "empty"), slots(false, "empty", "empty"), Warn},
		"nothing is known of before": {nil, slots(false, "blocked", "blocked"), Warn},
		"one jams, the others sell":  {slots(true, "", ""), slots(true, "jam", ""), OK},
		"mended by what is tried":    {slots(false, "blocked"), slots(true, ""), OK},
	} {
		if f := c.now.judgeReadiness(c.before); f.Verdict != c.want {
			t.Errorf("%s: %v, not %s", name, f, c.want)
		}
	}
}

func TestWhatRefusesOurConfigSendsAVersionBackUnlessItDidBefore(t *testing.T) {
	refused := &Status{Why: []sale.Why{{Code: sale.NotReadyConfig, Text: "the gateway refuses our configuration"}}}
	if f := refused.judgeReadiness(&Status{}); f.Verdict != Fail || !strings.Contains(f.Text, "refuses") {
		t.Error(f)
	}
	if f := refused.judgeReadiness(refused); f.Verdict != Warn || !strings.Contains(f.Text, "as before") {
		t.Error(f)
	}
	unheard := &Status{Why: []sale.Why{{Code: "something new", Text: "nobody has heard of it"}}}
	if f := unheard.judgeReadiness(nil); f.Verdict != Fail {
		t.Error(f)
	}
}

// A technician who takes a slot off sale while a version is on trial says nothing about the version.
func TestASlotThatIsOffSaleIsNoFaultOfAVersion(t *testing.T) {
	read := func(fault string) *Status {
		s := &Status{}
		if err := json.Unmarshal(fmt.Appendf(nil, `{"slots":[{"number":1,"fault":%q}]}`, fault), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := read(sale.FaultOffSale).newFaults(read("")); len(got) != 0 {
		t.Errorf("a version is blamed: %v", got)
	}
	if got := read(sale.FaultJam).newFaults(read("")); len(got) != 1 {
		t.Errorf("a slot that jams under a version: %v", got)
	}
}
