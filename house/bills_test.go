package house_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
	"kiosk/sim/gateway"
)

// streetName is the id of a kiosk that runs without a config file.
const streetName = "K0042"

const daySales = 500

var beijing = time.FixedZone("UTC+8", 8*60*60)

// billWire goes to the gateway and keeps what came back, as a person does who downloads the file.
type billWire struct {
	gate *gateway.Gateway
	file []byte
}

func (w *billWire) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.gate.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.file, err = io.ReadAll(res.Body)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(w.file))
	return res, err
}

// bill asks the gateway for a day, and holds the file for the command.
func (h *house) bill(t *testing.T, day time.Time) (sale.Bill, []byte) {
	t.Helper()
	w := &billWire{gate: h.gate}
	g, err := h.client(w, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	bill, err := g.(interface {
		Bill(context.Context, time.Time) (sale.Bill, error)
	}).Bill(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	return bill, w.file
}

// trade sells a day's goods: most by QR code, some by payment code, and now and then somebody walks away.
func (h *house) trade(t *testing.T) (left int) {
	t.Helper()
	for i := range daySales {
		p := &person{h: h}
		if !p.press(1+i%3, 10*time.Minute) || !p.scan(20*time.Second) {
			t.Fatalf("sale %d: nobody can buy: the glass is %+v", i, h.seen())
		}
		switch {
		case i%10 == 3:
			p.hold(false)
		default:
			if said := p.phone("pay"); said != gateway.PhonePaid {
				t.Fatalf("sale %d: %q", i, said)
			}
		}
		if !h.until(time.Minute, h.shows(sale.ScreenThanks)) {
			t.Fatalf("sale %d: paid, and the glass is %+v", i, h.seen())
		}
		if i%100 == 50 {
			left++
			(&person{h: h}).press(1, time.Minute)
			h.until(5*time.Second, func() bool { return h.seen().Screen != sale.ScreenIdle })
		}
	}
	// The last two customers get nothing, and their money back.
	h.fate = func(sale.No) string { return fateJam }
	for slot := 2; slot <= 3; slot++ {
		p := &person{h: h}
		if p.press(slot, 10*time.Minute) && p.scan(20*time.Second) {
			p.phone("pay")
		}
		time.Sleep(time.Minute)
	}
	return left
}

// difference is what a finding is told by.
type difference struct {
	kind string
	no   sale.No
	fen  sale.Fen
}

// plant makes twelve differences between the gateway's day and the book's, and says what must be found.
func (h *house) plant(t *testing.T, sold []sale.Entry, at time.Time) []difference {
	t.Helper()
	var want []difference
	put := func(kind, finds string, no sale.No, fen, tells sale.Fen) {
		t.Helper()
		if err := h.gate.Plant(gateway.Plant{Kind: kind, OutTradeNo: string(no), Fen: int64(fen), At: at}); err != nil {
			t.Fatal(err)
		}
		want = append(want, difference{finds, no, tells})
	}
	for i := range 3 {
		put("paid", sale.FindPaidUnknown, sale.Number(h.name, 900_001+i, h.draw()), sale.Fen(350+i), sale.Fen(350+i))
	}
	for i := range 3 {
		back := sold[10*i].Fen - sale.Fen(i) // one whole, two in part
		put("refund", sale.FindRefundSold, sold[10*i].No, back, back)
	}
	put("amount", sale.FindPaidDiffers, sold[101].No, sold[101].Fen+1, sold[101].Fen+1)
	put("amount", sale.FindPaidDiffers, sold[102].No, sold[102].Fen-1, sold[102].Fen-1)
	for i := range 2 {
		put("missing", sale.FindPaidMissing, sold[200+i].No, 0, sold[200+i].Fen)
		put("doubled", sale.FindPaidTwice, sold[300+i].No, 0, sold[300+i].Fen)
	}
	return want
}

func differences(found []sale.Finding) (list []difference) {
	for _, f := range found {
		list = append(list, difference{f.Kind, f.No, f.Fen})
	}
	return list
}

func sortDifferences(list []difference) []difference {
	slices.SortFunc(list, func(a, b difference) int { return strings.Compare(string(a.no)+a.kind, string(b.no)+b.kind) })
	return list
}

// TestADayOfSalesAgainstItsBill: of five hundred sales exactly the twelve planted differences are found, by the
// rooms and by the command as it is built, and none where none is.
func TestADayOfSalesAgainstItsBill(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kiosk-sim")
	if out, err := exec.Command("go", "build", "-tags", "sim", "-o", program, "./cmd/kiosk").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The files under v3 are the same whatever key signs what they must hash to.
	for _, agreed := range []string{byV2, byPublic} {
		t.Run(agreed, func(t *testing.T) { aDayAgainstItsBill(t, agreed, program) })
	}
}

func aDayAgainstItsBill(t *testing.T, agreed, program string) {
	dir := folder(t)
	h := agreedHouse(dir, 21, agreed)
	h.name = streetName
	var honest, crooked sale.Bill
	var honestFile, crookedFile []byte
	var want []difference
	var day time.Time
	synctest.Test(t, func(t *testing.T) {
		if err := h.open(); err != nil {
			t.Fatal(err)
		}
		defer h.shut()
		day = time.Now().In(beijing)
		day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, beijing)
		left := h.trade(t)
		if !h.settle(6 * time.Hour) {
			t.Fatal("hours later something is still under way")
		}
		last := time.Now()
		h.shut()
		time.Sleep(time.Until(day.Add(34*time.Hour + 15*time.Minute)))
		honest, honestFile = h.bill(t, day)
		entries, err := readBook(h.path())
		if err != nil {
			t.Fatal(err)
		}
		sold := slices.DeleteFunc(slices.Clone(entries), func(e sale.Entry) bool { return e.State != sale.Sold })
		if len(sold) != daySales || last.After(day.AddDate(0, 0, 1)) {
			t.Fatalf("%d of %d were sold by %v: this test looks at another day", len(sold), daySales, last)
		}
		want = sortDifferences(h.plant(t, sold, last.Add(-time.Hour)))
		crooked, crookedFile = h.bill(t, day)
		t.Logf("%s: %d orders in the book, %d sold, %d walked away, bill %d rows and %d rows", day.Format(time.DateOnly), len(entries), len(sold), left, len(honest.Rows), len(crooked.Rows))
	})
	entries, err := readBook(h.path())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range sale.Reconcile(streetName, honest, entries) {
		t.Errorf("an honest day has a difference: %+v", f)
	}
	found := sortDifferences(differences(sale.Reconcile(streetName, crooked, entries)))
	if !slices.Equal(found, want) || len(want) != 12 {
		t.Errorf("found %d differences:\n%v\nplanted %d:\n%v", len(found), found, len(want), want)
	}
	h.commandFinds(t, program, day, honestFile, nil)
	h.commandFinds(t, program, day, crookedFile, want)
}

// commandFinds runs the program on the book and a bill in a file.
func (h *house) commandFinds(t *testing.T, program string, day time.Time, bill []byte, want []difference) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bill")
	if err := os.WriteFile(file, bill, 0o600); err != nil {
		t.Fatal(err)
	}
	date := day.Format(time.DateOnly)
	var out, said bytes.Buffer
	cmd := exec.Command(program, "-data", h.folder, "reconcile", "-date", date, "-bill", file)
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	code, expect := cmd.ProcessState.ExitCode(), min(len(want), 1)
	if code != expect || len(lines) != len(want)+1 || !strings.HasSuffix(lines[len(lines)-1], fmt.Sprintf(" %d differences", len(want))) {
		t.Errorf("kiosk reconcile: exit %d, want %d, %d lines for %d differences: %s", code, expect, len(lines), len(want), said.String())
	}
	for _, d := range want {
		told := func(line string) bool {
			return strings.HasPrefix(line, d.kind) && strings.Contains(line, string(d.no)) && strings.Contains(line, d.fen.Yuan())
		}
		if !slices.ContainsFunc(lines, told) {
			t.Errorf("kiosk reconcile does not print %v", d)
		}
	}
	t.Logf("exit %d\n%s", code, out.String())
}
