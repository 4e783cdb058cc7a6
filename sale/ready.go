package sale

import (
	"fmt"
	"slices"
)

const maxClosing = 50

// whyNotReady lists every reason not to offer a sale; none means ready.
func (s *Shop) whyNotReady() []Why {
	if !s.awake {
		return append([]Why{{NotReadyStarting, "the book is not read yet"}}, s.parts...)
	}
	var out []Why
	if s.doubts.Stopped != "" {
		out = append(out, Why{NotReadyStopped, s.doubts.Stopped})
	}
	if s.damaged != "" {
		out = append(out, Why{NotReadyDamaged, s.damaged})
	}
	if s.maintained != "" {
		out = append(out, Why{NotReadyMaintenance, "out of service, set by " + s.maintained})
	}
	blamed := s.gateway.Refused != nil && !s.gateway.Reached // it answers, though nobody signed it
	if s.faulty || blamed {
		out = append(out, Why{NotReadyConfig, "the gateway refuses our configuration: check pay.appid, pay.mchid, pay.key_file"})
	}
	if far := s.holdUpSale(); len(far) > 0 {
		out = append(out, Why{NotReadyMerchant, describeForeign(far)})
	}
	switch {
	case blamed:
	case !s.gateway.Known && s.gateway.Missed == 0:
		out = append(out, Why{NotReadyStarting, "the gateway is not asked yet"})
	case !s.gateway.Reached:
		out = append(out, Why{NotReadyOffline, "the gateway does not answer"})
	}
	if !s.now.Trusted {
		out = append(out, Why{NotReadyClock, "the clock is not trusted"})
	}
	out = append(out, s.parts...)
	out = append(out, s.whyRefused()...)
	if s.countClosing() >= maxClosing {
		out = append(out, Why{NotReadyBusy, fmt.Sprintf("%d payments are still being closed", s.countClosing())})
	}
	if !slices.ContainsFunc(s.slots, func(h SlotState) bool { return s.slotFault(h) == "" }) {
		out = append(out, Why{NotReadyEmpty, "no slot can sell"})
	}
	return out
}

func (s *Shop) countClosing() (n int) {
	for _, t := range s.orders {
		if t.State == Closing {
			n++
		}
	}
	return n
}

// underService reports whether somebody may be working at the machine: then no motor turns for a customer.
func (s *Shop) underService() bool {
	return s.maintained != "" || slices.ContainsFunc(s.parts, func(w Why) bool { return w.Code == NotReadyDoor })
}

// whyRefused is the reason for /readyz. It names no text that is unsigned: strangers read it.
func (s *Shop) whyRefused() []Why {
	all := s.listRefusals()
	if len(all) == 0 {
		return nil
	}
	text := "orders are refused for a reason that lies with the merchant or the config:"
	for _, r := range all {
		text += fmt.Sprintf(" %s %s,", r.Deed, r.Code)
	}
	return []Why{{NotReadyRefused, text[:len(text)-1]}}
}
