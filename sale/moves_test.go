package sale

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "renew the generated diagram")

func TestNoPathFromAWokeReachesAMotor(t *testing.T) {
	for from, row := range moves {
		to, woke := row[Woke]
		if !woke {
			continue
		}
		seen := map[State]bool{}
		var walk func(State)
		walk = func(s State) {
			if s == Vending {
				t.Fatalf("waking in %s can reach a motor: a book that lost its last writes would vend twice", from)
			}
			if seen[s] {
				return
			}
			seen[s] = true
			for _, next := range moves[s] {
				walk(next)
			}
		}
		walk(to)
	}
}

func TestEveryStateWithADeedWakes(t *testing.T) {
	for _, s := range States {
		_, ok := Next(s, Woke)
		if want := s != New && !s.Over(); ok != want {
			t.Errorf("%s: wakes %v, want %v: its deed would be forgotten by a power cut", s, ok, want)
		}
	}
}

// Every state times every event: what the table lists happens, anything else is counted and changes nothing.
func TestEveryStateTimesEveryEvent(t *testing.T) {
	cases := 0
	for _, from := range States {
		for _, e := range Events {
			cases++
			s := &Shop{awake: true}
			x := &activeOrder{Order: Order{No: "K1-1", State: from}}
			want, listed := moves[from][e]
			moved := s.move(x, e, nil)
			switch {
			case moved != listed:
				t.Errorf("%s %s: moved %v, listed %v", from, e, moved, listed)
			case listed && (x.State != want || len(s.batch.Moves) != 1 || s.batch.Moves[0].From != from):
				t.Errorf("%s %s: went to %s with %d lines, want %s", from, e, x.State, len(s.batch.Moves), want)
			case !listed && (x.State != from || len(s.batch.Moves) != 0 || s.unexpected[string(from)+" "+string(e)] != 1):
				t.Errorf("%s %s: an unlisted move left a trace", from, e)
			}
		}
	}
	if cases != len(States)*len(Events) || cases < 160 {
		t.Fatalf("only %d cases", cases)
	}
}

func TestOnlyPaidReachesAMotor(t *testing.T) {
	for from, row := range moves {
		for e, to := range row {
			if to == Vending && (e != Paid || !from.Live()) {
				t.Errorf("%s %s turns a motor", from, e)
			}
			if !to.Known() {
				t.Errorf("%s %s leads to %q", from, e, to)
			}
		}
	}
}

// diagram draws the machine from the table.
func diagram() string {
	var b strings.Builder
	b.WriteString("# The machine of an order\n\nDrawn from `moves` in `sale/moves.go` by `go test ./sale -run Diagram -update`. A move not drawn cannot happen.\n\n")
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> new\n")
	for _, from := range States {
		for _, to := range States {
			var by []string
			for _, e := range Events {
				if x, ok := moves[from][e]; ok && x == to {
					by = append(by, string(e))
				}
			}
			if len(by) > 0 {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, strings.Join(by, ", "))
			}
		}
		if from.Over() {
			fmt.Fprintf(&b, "    %s --> [*]\n", from)
		}
	}
	b.WriteString("```\n\n| state |")
	for _, e := range Events {
		fmt.Fprintf(&b, " %s |", e)
	}
	b.WriteString("\n|" + strings.Repeat("---|", len(Events)+1) + "\n")
	for _, from := range States {
		fmt.Fprintf(&b, "| **%s** |", from)
		for _, e := range Events {
			fmt.Fprintf(&b, " %s |", moves[from][e])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDiagramIsTheTable(t *testing.T) {
	path := filepath.Join("..", "docs", "machine.md")
	want := diagram()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/machine.md is not the table: run go test ./sale -run Diagram -update")
	}
}

func TestNumbersFitTheGateway(t *testing.T) {
	for _, kiosk := range []string{"K", "K0042", "ABCDEFGHIJKL"} {
		no := Number(kiosk, 12_345_678, strings.Repeat("A2", 16))
		if len(no) != 30 || no.Kiosk() != kiosk || len(refundNo(no, 2)) > 32 {
			t.Errorf("%s: number %s of %d characters, refund number %s", kiosk, no, len(no), refundNo(no, 2))
		}
	}
	a, b := Number("K", 1, strings.Repeat("A", 32)), Number("K", 1, strings.Repeat("B", 32))
	if a == b {
		t.Error("two draws gave one number")
	}
}
