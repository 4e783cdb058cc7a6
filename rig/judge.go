package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// longest is how long an output of the kiosk may be on (hw.DefaultMaxOn), and late what a timer may be late on
// a processor of which every instruction is emulated.
const (
	longest = 10 * time.Second
	late    = 250 * time.Millisecond
)

func audit(r *rig) (string, error) {
	said, err := r.hand.call("/kiosk", "-config", r.conf, "audit")
	if err == nil && said.Code != 0 {
		err = fmt.Errorf("kiosk audit: status %d: %s%s", said.Code, said.Out, said.Err)
	}
	return fmt.Sprintf("status %d: %s", said.Code, strings.TrimSpace(said.Out)), err
}

// judge holds the book against the gateway, and both against what turned and fell.
func judge(r *rig) (string, error) {
	said, err := r.hand.call("/kiosk", "-config", r.conf, "orders", "-json")
	if err != nil {
		return "", err
	}
	var book []bookOrder
	if err := json.Unmarshal([]byte(said.Out), &book); err != nil {
		return "", fmt.Errorf("reading kiosk orders -json: %w: %s", err, said.Err)
	}
	paid, goods, back, wrong := r.weigh(book)
	sells, jams := shelves[0], shelves[1]
	fell, doubtful, turned := r.trace.fell(sells.number), 0, 0
	for _, s := range shelves {
		turned += r.trace.starts(s.motor)
		if s != sells {
			doubtful += r.trace.fell(s.number)
		}
	}
	wrong = append(wrong, r.till.Violations()...)
	wrong = append(wrong, r.glass.broken()...)
	if err := r.noTurn(); err != nil {
		wrong = append(wrong, err.Error())
	}
	if paid != goods+back || paid == 0 || goods == 0 || back == 0 {
		wrong = append(wrong, fmt.Sprintf("the gateway took %d fen, goods for %d went out and %d went back", paid, goods, back))
	}
	if fell != int(goods)/fenOne || r.trace.fell(jams.number) != 0 {
		wrong = append(wrong, fmt.Sprintf("%d pieces fell for %d fen, %d where the spiral jammed", fell, goods, r.trace.fell(jams.number)))
	}
	if len(wrong) > 0 {
		return said.Out, fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	seen := fmt.Sprintf("%d orders; the gateway took %d fen = goods %d + refunds %d; %d turns, %d pieces fell for money, %d to customers who got it back",
		len(book), paid, goods, back, turned, fell, doubtful)
	for _, o := range book {
		seen += fmt.Sprintf("\n%s  %-6s  slot %d  %-8s  %s", o.No, o.Means, o.Slot, o.State, o.path())
	}
	return seen, nil
}

// weigh sums up the money, and tells of every order that book and gateway see differently.
func (r *rig) weigh(book []bookOrder) (paid, goods, back int64, wrong []string) {
	known := map[string]bool{}
	for _, o := range book {
		known[o.No] = true
		g, there := r.till.order(o.No)
		took := int64(0)
		if there && g.TransactionID != "" {
			took = g.Fen
		}
		fits := false
		switch o.State {
		case "sold":
			fits = took == o.Fen && g.RefundedFen == 0
			goods += o.Fen
		case "refunded":
			fits = took == o.Fen && g.RefundedFen == o.Fen
		case "closed", "closing":
			fits = took == g.RefundedFen
		}
		if !fits {
			wrong = append(wrong, fmt.Sprintf("%s is %s, and the gateway has %d of %d fen back", o.No, o.State, g.RefundedFen, took))
		}
		paid, back = paid+took, back+g.RefundedFen
	}
	for _, g := range r.till.Orders() {
		if !known[g.OutTradeNo] && g.TransactionID != "" {
			wrong = append(wrong, g.OutTradeNo+" was paid, and the book never heard of it")
		}
	}
	return paid, goods, back, wrong
}

// onTimes judges the trace, and powers off.
func onTimes(r *rig) (seen string, err error) {
	var most turn
	count := 0
	for _, t := range r.trace.turns() {
		count++
		end := fmt.Sprintf("%.3f s", t.on.Seconds())
		if t.open {
			end = "until the power was cut"
		} else if t.on > most.on {
			most = t
		}
		seen += fmt.Sprintf("\nboot %d, GPIO%d from %.3f s: %s", t.boot, t.pin, t.from.Seconds(), end)
	}
	if most.on > longest+late || count == 0 {
		err = fmt.Errorf("GPIO%d was on for %v; %v is the most allowed", most.pin, most.on, longest)
	}
	if _, lost := r.hand.ask(message{Do: "leave"}); lost == nil {
		select {
		case <-r.board.gone:
		case <-time.After(30 * time.Second):
			return seen, fmt.Errorf("the guest did not power off")
		}
	}
	return fmt.Sprintf("at most %.3f s of %v (GPIO%d), by the kernel's own trace of every level set%s",
		most.on.Seconds(), longest, most.pin, seen), err
}
