package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kiosk/rig/street"
)

// sell is a whole sale: a key pressed by its pin, the code read from the glass, paid at the gateway, turned and fallen.
// The slots take turns, so that none runs empty.
func (r *rig) sell() (string, error) {
	s := street.Shelves[len(r.sales)%len(street.Shelves)]
	if _, err := r.AwaitReady(); err != nil {
		return "", err
	}
	if _, err := r.Choose(s); err != nil {
		return "", err
	}
	no, err := r.Pay()
	if err != nil {
		return "", err
	}
	fell := r.Trace.Fell(s.Number)
	paid := time.Now()
	if _, err := r.Sold(no, s, paid); err != nil {
		return "", err
	}
	if n := r.Trace.Fell(s.Number); n != fell+1 {
		return "", fmt.Errorf("%d pieces fell from slot %d for one order", n-fell, s.Number)
	}
	r.sales = append(r.sales, no)
	return fmt.Sprintf("%s, GPIO%d turned, thanks %.1f s after the payment", no, s.Motor, time.Since(paid).Seconds()), r.NoTurn()
}

// sound looks at what is left of everything that happened so far: every sale is in the book, the audit finds nothing, and book,
// gateway and motors tell the same story.
func (r *rig) sound() (string, error) {
	said, err := r.in("runuser", "-u", "kiosk", "--", "/usr/bin/kiosk", "audit")
	if err != nil {
		return "", err
	}
	out, err := r.in("runuser", "-u", "kiosk", "--", "/usr/bin/kiosk", "orders", "-json")
	if err != nil {
		return "", err
	}
	var book []street.BookOrder
	if err := json.Unmarshal([]byte(out), &book); err != nil {
		return "", fmt.Errorf("reading kiosk orders -json: %w", err)
	}
	states := map[string]string{}
	for _, o := range book {
		states[o.No] = o.State
	}
	for _, no := range r.sales {
		if states[no] != "sold" {
			return "", fmt.Errorf("%s was sold, and the book says %q", no, states[no])
		}
	}
	paid, goods, back, wrong := r.Weigh(book)
	wrong = append(wrong, r.Till.Violations()...)
	if err := r.NoTurn(); err != nil {
		wrong = append(wrong, err.Error())
	}
	if len(wrong) > 0 || paid != goods+back {
		return "", fmt.Errorf("paid %d, goods %d, back %d: %s", paid, goods, back, strings.Join(wrong, "; "))
	}
	return fmt.Sprintf("%d sales in the book; %s", len(r.sales), strings.TrimSpace(said)), nil
}

// sellsAs wants the kiosk to run as a version, to sell, and its book to be sound.
func (r *rig) sellsAs(name string) (string, error) {
	sold, err := r.sell()
	if err != nil {
		return "", err
	}
	k, err := r.keeper()
	if err != nil {
		return sold, err
	}
	if name != "" && k.current != name {
		return sold, fmt.Errorf("%s is current, not %s: %s", k.current, name, k.result)
	}
	if k.trial != "" {
		return sold, fmt.Errorf("a trial is left over: %s", k.trial)
	}
	book, err := r.sound()
	return fmt.Sprintf("%s sells: %s\n%s", k.current, sold, book), err
}
