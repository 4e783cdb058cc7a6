package hw

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// The calls of a pin that go wrong on some board, and the files that may make them. None: nobody.
var traps = []struct {
	call string
	args int
	in   []string
}{
	{"WaitForEdge", 1, nil}, // drops the stamp, and waits for ever or not at all
	{"NextEdge", 1, []string{"inputs.go", "lines.go"}},
	{"OpenEdges", 0, []string{"inputs.go"}},
	{"Read", 0, []string{"inputs.go", "lines.go"}},
	{"In", 2, []string{"inputs.go", "scanner_trigger.go"}},
	{"Out", 1, []string{"outputs.go", "periph.go", "scanner_trigger.go"}},
	{"Func", 0, nil}, {"Function", 0, nil}, {"SetFunc", 1, nil}, {"PWM", 2, nil}, {"Pull", 0, nil}, {"Halt", 0, nil},
}

func TestNobodyCanWriteATrapByAccident(t *testing.T) {
	set := token.NewFileSet()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		src, err := parser.ParseFile(set, f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(src, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			to, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			for _, trap := range traps {
				if to.Sel.Name != trap.call || len(call.Args) != trap.args {
					continue
				}
				if seen[trap.call]++; !slices.Contains(trap.in, f.Name()) {
					t.Errorf("%s: %s is called here; only %v may", set.Position(call.Pos()), trap.call, trap.in)
				}
			}
			return true
		})
	}
	for _, trap := range traps {
		if trap.in != nil && seen[trap.call] == 0 {
			t.Errorf("nobody calls %s: this test looks at nothing", trap.call)
		}
	}
}

func TestAnOutputHasNothingToAskIt(t *testing.T) {
	is := reflect.TypeFor[outputPin]()
	for i := range is.NumMethod() {
		if name := is.Method(i).Name; name != "Out" && name != "Name" {
			t.Errorf("an output can be asked for its %s, which makes it an input on some boards", name)
		}
	}
	for _, holder := range []reflect.Type{reflect.TypeFor[output](), reflect.TypeFor[switchedPin]()} {
		if pin, ok := holder.FieldByName("pin"); !ok || pin.Type != is {
			t.Errorf("%s holds its pin as a %v", holder, pin.Type)
		}
	}
}

func TestTheTestsPinsBiteAsABoardDoes(t *testing.T) {
	p := newPin("SPOILT", gpio.Low)
	var turned bool
	p.moved = func(l gpio.Level) { turned = bool(l) }
	_ = p.Out(gpio.Low)
	if p.Read(); !turned || p.misused() == "" {
		t.Error("reading an output turned no motor: the tests would not notice")
	}
	q := newPin("SPOILT", gpio.High)
	_ = q.OpenEdges()
	if q.NextEdge(-1); q.misused() == "" {
		t.Error("a wait for less than nothing went by unnoticed")
	}
	for name, wait := range map[string]func(p *fakePin){
		"a wait with no edges asked for": func(p *fakePin) { p.NextEdge(time.Second) },
		"a wait that drops the stamp":    func(p *fakePin) { p.WaitForEdge(time.Second) },
		"edges without their stamps":     func(p *fakePin) { _ = p.In(gpio.PullUp, gpio.BothEdges) },
	} {
		p := newPin("SPOILT", gpio.High)
		p.deaf = true
		if wait(p); p.misused() == "" {
			t.Errorf("%s went by unnoticed", name)
		}
	}
}

func TestEveryWaitIsFinite(t *testing.T) {
	p := newPin("GPIO22", gpio.High)
	in := input{pin: p}
	if err := in.openEdges(); err != nil || !p.pulled {
		t.Fatalf("%v, pull-up %v", err, p.pulled)
	}
	for _, d := range []time.Duration{-time.Hour, 0, time.Hour} {
		began := time.Now()
		in.waitEdge(d)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("a wait of %v took %v", d, took)
		}
	}
	if how := p.misused(); how != "" {
		t.Error(how)
	}
}
