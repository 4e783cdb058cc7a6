package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kiosk/rig/street"
)

// longest is how long an output of the kiosk may be on (hw.DefaultMaxOn), and late what a timer may be late on
// a processor of which every instruction is emulated.
const (
	longest = 10 * time.Second
	late    = 250 * time.Millisecond
)

func audit(r *rig) (string, error) {
	said, err := r.Hand.Call("/kiosk", "-config", r.conf, "audit")
	if err == nil && said.Code != 0 {
		err = fmt.Errorf("kiosk audit: status %d: %s%s", said.Code, said.Out, said.Err)
	}
	return fmt.Sprintf("status %d: %s", said.Code, strings.TrimSpace(said.Out)), err
}

// judge holds the book against the gateway, and both against what turned and fell.
func judge(r *rig) (string, error) {
	said, err := r.Hand.Call("/kiosk", "-config", r.conf, "orders", "-json")
	if err != nil {
		return "", err
	}
	var book []street.BookOrder
	if err := json.Unmarshal([]byte(said.Out), &book); err != nil {
		return "", fmt.Errorf("reading kiosk orders -json: %w: %s", err, said.Err)
	}
	paid, goods, back, wrong := r.Weigh(book)
	sells, jams := street.Shelves[0], street.Shelves[1]
	fell, doubtful, turned := r.Trace.Fell(sells.Number), 0, 0
	for _, s := range street.Shelves {
		turned += r.Trace.Starts(s.Motor)
		if s != sells {
			doubtful += r.Trace.Fell(s.Number)
		}
	}
	wrong = append(wrong, r.Till.Violations()...)
	wrong = append(wrong, r.Glass.Broken()...)
	if err := r.NoTurn(); err != nil {
		wrong = append(wrong, err.Error())
	}
	if paid != goods+back || paid == 0 || goods == 0 || back == 0 {
		wrong = append(wrong, fmt.Sprintf("the gateway took %d fen, goods for %d went out and %d went back", paid, goods, back))
	}
	if fell != int(goods)/street.FenOne || r.Trace.Fell(jams.Number) != 0 {
		wrong = append(wrong, fmt.Sprintf("%d pieces fell for %d fen, %d where the spiral jammed", fell, goods, r.Trace.Fell(jams.Number)))
	}
	if len(wrong) > 0 {
		return said.Out, fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	seen := fmt.Sprintf("%d orders; the gateway took %d fen = goods %d + refunds %d; %d turns, %d pieces fell for money, %d to customers who got it back",
		len(book), paid, goods, back, turned, fell, doubtful)
	for _, o := range book {
		seen += fmt.Sprintf("\n%s  %-6s  slot %d  %-8s  %s", o.No, o.Means, o.Slot, o.State, o.Path())
	}
	return seen, nil
}

// onTimes judges the trace, and powers off.
func onTimes(r *rig) (seen string, err error) {
	var most street.Turn
	count := 0
	for _, t := range r.Trace.Turns() {
		count++
		end := fmt.Sprintf("%.3f s", t.On.Seconds())
		if t.Open {
			end = "until the power was cut"
		} else if t.On > most.On {
			most = t
		}
		seen += fmt.Sprintf("\nboot %d, GPIO%d from %.3f s: %s", t.Boot, t.Pin, t.From.Seconds(), end)
	}
	if most.On > longest+late || count == 0 {
		err = fmt.Errorf("GPIO%d was on for %v; %v is the most allowed", most.Pin, most.On, longest)
	}
	if _, lost := r.Hand.Ask(street.Message{Do: "leave"}); lost == nil {
		select {
		case <-r.Board.Gone:
		case <-time.After(30 * time.Second):
			return seen, fmt.Errorf("the guest did not power off")
		}
	}
	return fmt.Sprintf("at most %.3f s of %v (GPIO%d), by the kernel's own trace of every level set%s",
		most.On.Seconds(), longest, most.Pin, seen), err
}
