package status

import (
	"strconv"
	"strings"

	"kiosk/sale"
)

// fillSlots fills in the shelf: one line for each slot, with the form for changes open on the one that was asked for.
func (l *viewModel) fillSlots(s sale.Snapshot, edit string) {
	for _, w := range s.Products {
		r := slotViewOf(w, l.Lang)
		r.Edit = l.SignedIn != "" && edit == strconv.Itoa(int(w.Slot))
		if r.Mark == good && (s.Maintenance != "" || !s.Ready) { // none does now; the answers above say why
			r.Mark, r.Says = calm, l.T("stocked")
		}
		l.Slots = append(l.Slots, r)
	}
}

const manyActs = 300 // are looked through for what a full slot holds

// largestFill is the most that a slot was ever filled to, as far as the book was read; 0: it does not tell.
func largestFill(lines []sale.Alarm) (most int) {
	for _, a := range lines {
		if n, err := strconv.Atoi(a.New); err == nil && a.Act == string(sale.ActCountStock) {
			most = max(most, n)
		}
	}
	return most
}

// slotViewOf is a slot as the page shows it. The order of the cases is the order of what a person must know first.
func slotViewOf(w sale.Product, lang string) slotView {
	r := slotView{
		Number: w.Slot, Name: w.Name, NameZH: w.Name, NameEN: w.NameEN, Price: w.Fen.Yuan(), Fen: w.Fen, Fault: w.Fault, Seen: slotSeen(w), Aside: w.Aside && w.Fault != sale.FaultOffSale, Off: w.Fault == sale.FaultOffSale,
		Stock: w.Stock, Less: max(0, w.Stock-1), More: min(mostStock, w.Stock+1), Mark: good, Says: words.Labels["sells"].in(lang),
	}
	r.Form = newEditForm(w)
	if lang == "en" && w.NameEN != "" {
		r.Name = w.NameEN
	}
	if w.Flag != "" {
		r.Mark, r.Look = warn, wordFor(words.Flags, w.Flag, lang)
	}
	switch {
	case r.Off:
		r.Mark, r.Says = calm, wordFor(words.Faults, w.Fault, lang)
	case w.Fault != "" && w.Fault != sale.NotReadyEmpty:
		r.Mark, r.Says = bad, wordFor(words.Faults, w.Fault, lang)
	case w.Stock <= 0:
		r.Mark, r.Says = warn, words.Labels["empty"].in(lang)
	case w.Stock <= lowStock:
		r.Mark, r.Says = warn, words.Labels["low"].in(lang)
	}
	return r
}

// slotSeen is what there is to look at in a slot: the fault that the book keeps, and the flag.
func slotSeen(w sale.Product) string {
	if w.Aside {
		return strings.TrimSuffix(w.Fault+"|"+w.Flag, "|")
	}
	return strings.TrimSuffix("|"+w.Flag, "|")
}

// newEditForm is the form of a slot as it stands.
func newEditForm(w sale.Product) editForm {
	stock := strconv.Itoa(w.Stock)
	return editForm{Name: w.Name, NameEN: w.NameEN, Yuan: w.Fen.Yuan(), Stock: stock, Was: stock, WasName: w.Name, WasNameEN: w.NameEN, WasFen: w.Fen}
}
