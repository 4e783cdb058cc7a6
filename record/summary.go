package record

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"kiosk/sale"
)

// summarizeDeeds says in a few words what deeds do.
func summarizeDeeds(now time.Duration, deeds []sale.Deed) string {
	var out []string
	for _, d := range deeds {
		switch d := d.(type) {
		case sale.Write:
			out = append(out, "write "+summarizeBatch(d.Batch))
		case sale.Call:
			out = append(out, d.Kind+" "+shortNo(d.Order.No))
		case sale.Vend:
			out = append(out, fmt.Sprintf("vend %d for %s", d.Order.Slot, shortNo(d.Order.No)))
		case sale.Show:
			out = append(out, "show "+summarizeView(d.View))
		case sale.Arm:
			out = append(out, fmt.Sprint("arm ", d.On))
		case sale.Forget:
			out = append(out, "forget "+string(d.Code))
		case sale.Reply:
			out = append(out, "reply "+cmp.Or(string(d.Refusal), "done"))
		case sale.Alarmed:
			out = append(out, fmt.Sprint("again in ", (d.At-now).Round(time.Millisecond)))
		}
	}
	return strings.Join(out, "; ")
}

// summarizeBatch names each move as "order from+event=to", and why it waits.
func summarizeBatch(p sale.Batch) string {
	var out []string
	for _, m := range p.Moves {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s+%s=%s %s", shortNo(m.Order.No), m.From, m.Event, m.Order.State, m.Order.Reason)))
	}
	for _, h := range p.Slots {
		out = append(out, strings.TrimSpace(fmt.Sprintf("shelf %d: %d %s%s", h.Slot, h.Stock, h.Fault, h.Flag)))
	}
	if p.Doubts != nil {
		out = append(out, fmt.Sprintf("doubts %d", p.Doubts.Count))
	}
	for _, a := range p.Alarms {
		out = append(out, a.Kind)
	}
	if p.Maintenance != nil {
		out = append(out, "maintenance")
	}
	return strings.Join(out, ", ")
}

// summarizeView leaves out what is on sale: the digest has it.
func summarizeView(v sale.View) string {
	out := []string{v.Screen}
	for _, w := range v.Why {
		out = append(out, w.Code)
	}
	if v.Note != "" {
		out = append(out, v.Note)
	}
	if v.Left > 0 {
		out = append(out, v.Left.String())
	}
	return strings.Join(out, " ")
}

// shortNo keeps enough of an order number to find it again.
func shortNo(no sale.No) string {
	const head = 16
	return string(no[:min(head, len(no))])
}
