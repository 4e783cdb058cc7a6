package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// row is a slot as the page tells it.
type row struct {
	Number               sale.Slot
	Name, NameZH, NameEN string
	Price, Mark, Says    string
	Fen                  sale.Fen
	Stock, Less, More    int
	Fault                string
	Seen                 string // the fault and the flag, for whoever says that he looked at them
	Off                  bool   // a person took it off sale
	Aside                bool   // it is set aside: a person must let it sell again
	Look                 string // what to look at, though it sells
	Edit                 bool   // its price and names are open for changes
	Dropped              string // when goods last fell
}

func (l *leaf) shelve(s sale.Snapshot, edit string) {
	for _, w := range s.Products {
		r := shelved(w, l.Lang)
		r.Edit = l.Who != "" && edit == strconv.Itoa(int(w.Slot))
		if r.Mark == good && (s.Maintenance != "" || !s.Ready) { // none does now; the answers above say why
			r.Mark, r.Says = calm, l.T("stocked")
		}
		l.Slots = append(l.Slots, r)
	}
}

const manyDeeds = 300 // are looked through for what a full slot holds

// fullest is the most that a slot was ever filled to, as far as the book was read; 0: it does not tell.
func fullest(lines []sale.Alarm) (most int) {
	for _, a := range lines {
		if n, err := strconv.Atoi(a.New); err == nil && a.Act == string(sale.ActCountStock) {
			most = max(most, n)
		}
	}
	return most
}

func shelved(w sale.Product, lang string) row {
	r := row{
		Number: w.Slot, Name: w.Name, NameZH: w.Name, NameEN: w.NameEN, Price: w.Fen.Yuan(), Fen: w.Fen, Fault: w.Fault, Seen: seen(w), Aside: w.Aside && w.Fault != sale.FaultOffSale, Off: w.Fault == sale.FaultOffSale,
		Stock: w.Stock, Less: max(0, w.Stock-1), More: min(mostStock, w.Stock+1), Mark: good, Says: labels["sells"].in(lang),
	}
	if lang == "en" && w.NameEN != "" {
		r.Name = w.NameEN
	}
	if w.Flag != "" {
		r.Mark, r.Look = warn, say(flagWords, w.Flag, lang)
	}
	switch {
	case r.Off:
		r.Mark, r.Says = calm, say(faultWords, w.Fault, lang)
	case w.Fault != "" && w.Fault != sale.NotReadyEmpty:
		r.Mark, r.Says = bad, say(faultWords, w.Fault, lang)
	case w.Stock <= 0:
		r.Mark, r.Says = warn, labels["empty"].in(lang)
	case w.Stock <= lowStock:
		r.Mark, r.Says = warn, labels["low"].in(lang)
	}
	return r
}

// Counts is what every slot holds, for the form that fills them all: "1-10_2-0".
func (l leaf) Counts() string {
	out := make([]string, len(l.Slots))
	for i, s := range l.Slots {
		out[i] = fmt.Sprintf("%d-%d", s.Number, s.Stock)
	}
	return strings.Join(out, "_")
}

// drops remembers when goods last fell in each slot. Whoever reads the newest orders tells it.
type drops map[sale.Slot]time.Time

func (d drops) learn(entries []sale.Entry) {
	for _, e := range entries {
		for _, j := range e.Journal {
			if j.Event == sale.Dropped && j.At.After(d[e.Slot]) {
				d[e.Slot] = j.At
			}
		}
	}
}
