package house_test

import (
	"slices"
	"strings"
	"time"

	"kiosk/sale"
	"kiosk/sim/gateway"
)

// ill names a trouble, the calls it can befall and what it is.
type ill struct {
	name  string
	calls string // "" any
	odds  int
	make  func(s *storm) gateway.Trouble
}

const anyQuery = "orderquery refundquery"

var ills = []ill{
	{"request lost", "", 12, func(*storm) gateway.Trouble { return gateway.Trouble{Lose: "request"} }},
	{"answer lost", "", 12, func(*storm) gateway.Trouble { return gateway.Trouble{Lose: "answer"} }},
	{"hangs", "", 6, func(*storm) gateway.Trouble { return gateway.Trouble{Lose: "hang"} }},
	{"delayed", "", 10, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Delay: s.span(50*time.Millisecond, 3*time.Second)}
	}},
	{"arrives after its caller has gone", "", 8, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Delay: s.span(16*time.Second, 60*time.Second)}
	}},
	{"answered late", "", 8, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Late: s.span(time.Second, 20*time.Second)}
	}},
	{"body slow", "", 3, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Slow: s.span(time.Second, 6*time.Second)}
	}},
	{"body cut", "", 4, func(*storm) gateway.Trouble { return gateway.Trouble{Cut: true} }},
	{"HTTP 502", "", 5, func(*storm) gateway.Trouble { return gateway.Trouble{Status: 502} }},
	{"HTTP 502 after", "", 5, func(*storm) gateway.Trouble { return gateway.Trouble{Status: 502, After: true} }},
	{"SYSTEMERROR", "", 5, func(*storm) gateway.Trouble { return gateway.Trouble{Code: "SYSTEMERROR"} }},
	{"SYSTEMERROR after", "", 5, func(*storm) gateway.Trouble { return gateway.Trouble{Code: "SYSTEMERROR", After: true} }},
	{"unknown word", "", 3, func(*storm) gateway.Trouble { return gateway.Trouble{Code: "FOO_BAR", After: true} }},
	{"not permitted", "unifiedorder micropay refund", 2, func(*storm) gateway.Trouble { return gateway.Trouble{Code: "NOAUTH"} }},
	{"FREQUENCY_LIMITED", anyQuery + " refund", 5, func(*storm) gateway.Trouble { return gateway.Trouble{Code: "FREQUENCY_LIMITED"} }},
	{"recall, not done", "reverse", 20, func(*storm) gateway.Trouble { return gateway.Trouble{Recall: true} }},
	{"recall, done", "reverse", 10, func(*storm) gateway.Trouble { return gateway.Trouble{Recall: true, After: true} }},
	{"query lags", "orderquery", 8, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Lag: s.span(time.Second, 20*time.Second)}
	}},
	{"refund list lags", "refundquery", 8, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Lag: s.span(time.Second, 60*time.Second)}
	}},
	{"not found for a while", "unifiedorder micropay", 12, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Hide: s.span(time.Second, 4*time.Minute), Lose: []string{"", "answer"}[s.pick(2)]}
	}},
	{"BANKERROR, then paid", "micropay", 5, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Code: "BANKERROR", Then: "pay", In: s.span(time.Second, 40*time.Second)}
	}},
	{"asks, then pays by itself", "micropay", 5, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Then: "pay", In: s.span(time.Second, 44*time.Second)}
	}},
	{"asks, then fails", "micropay", 4, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Then: "fail", In: s.span(time.Second, 30*time.Second)}
	}},
	{"code refused", "micropay", 8, func(s *storm) gateway.Trouble {
		return gateway.Trouble{Code: []string{"AUTHCODEEXPIRE", "NOTENOUGH", "AUTH_CODE_INVALID", "TRADE_ERROR"}[s.pick(4)]}
	}},
	{"balance low", "refund", 2, func(*storm) gateway.Trouble { return gateway.Trouble{Code: "NOTENOUGH"} }},
	{"refund takes long", "refund", 8, func(s *storm) gateway.Trouble {
		return gateway.Trouble{In: s.span(10*time.Second, 10*time.Minute)}
	}},
	{"refund closed", "refund", 5, func(*storm) gateway.Trouble { return gateway.Trouble{Then: "REFUNDCLOSE"} }},
	{"refund impossible", "refund", 2, func(*storm) gateway.Trouble { return gateway.Trouble{Then: "CHANGE"} }},
}

// v2Ills befall only what API v2 has a word for.
var v2Ills = []ill{
	{"refund lost sight of", "refund", 8, func(*storm) gateway.Trouble { return gateway.Trouble{Then: "NOTSURE"} }},
}

// v3Ills befall only what is signed with keys that have names.
var v3Ills = []ill{
	{"not signed", "", 4, func(*storm) gateway.Trouble { return gateway.Trouble{Unsigned: true} }},
	{"signed by the other key", "", 4, func(s *storm) gateway.Trouble {
		return gateway.Trouble{SignBy: []string{"new", gateway.PublicKeyMode}[s.pick(2)]}
	}},
}

// illsUnder is what may befall a call: those above, and every forgery.
func illsUnder(agreed string) []ill {
	list, forgeries := slices.Concat(ills, v2Ills), gateway.Forgeries
	if agreed != byV2 {
		list, forgeries = slices.Concat(ills, v3Ills), gateway.V3Forgeries
	}
	for _, f := range forgeries {
		// The gateway's own signature with a false time: after a power cut the clock is off, and it may be believed.
		// Another sum, genuinely signed: v3 has no word that says of its refund that it will never come.
		if agreed != byV2 && (strings.HasPrefix(f, "skew-") || f == "other-amount") {
			continue
		}
		odds := 3
		if f == "huge" {
			odds = 1 // it costs twelve megabytes
		}
		list = append(list, ill{"forged " + f, "", odds, func(*storm) gateway.Trouble { return gateway.Trouble{Forge: f} }})
	}
	return list
}

// roughFor is harder on the calls that are few and move money.
func (s *storm) roughFor(endpoint string) int {
	if endpoint == "micropay" || endpoint == "refund" || endpoint == "reverse" {
		return 10 + s.rough
	}
	return s.rough
}

// trouble draws what befalls a call.
func (s *storm) trouble(c gateway.Call) *gateway.Trouble {
	if s.quiet() || !s.chance(s.roughFor(c.Endpoint)) {
		return nil
	}
	// Every other time only what befalls no other call: it would be too rare beside the rest.
	none := strings.Contains("closeorder orderquery certificates", c.Endpoint)
	sum, may, few := 0, []ill{}, !none && s.chance(50)
	for _, i := range s.ills {
		own := slices.Contains(strings.Fields(i.calls), c.Endpoint)
		if own || i.calls == "" && !few {
			may = append(may, i)
			sum += i.odds
		}
	}
	n := s.pick(sum)
	for _, i := range may {
		if n -= i.odds; n < 0 {
			t := i.make(s)
			s.count("trouble: " + i.name)
			if t.Then == "CHANGE" || t.Then == "REFUNDCLOSE" || t.Forge == "other-amount" {
				s.mu.Lock()
				s.owing[sale.No(c.No)] = true
				s.mu.Unlock()
			}
			return &t
		}
	}
	return nil
}

// weather lets the whole gateway go away now and then.
func (s *storm) weather() {
	for !s.quiet() {
		time.Sleep(s.span(20*time.Second, 2*time.Minute))
		if s.quiet() {
			return
		}
		how := []string{gateway.ModeDown, gateway.ModeLost}[s.pick(2)]
		s.count("gateway " + how)
		s.mode(how)
		time.Sleep(s.span(2*time.Second, 30*time.Second))
		s.mode(gateway.ModeUp)
	}
}

func (s *storm) mode(how string) {
	if err := s.h.gate.Mode(how); err != nil {
		s.h.blame(err.Error())
	}
}
