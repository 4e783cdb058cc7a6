package sim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/sim/gateway"
)

var update = flag.Bool("update", false, "renew docs/proof/street.md")

func TestThePageNamesEverySwitch(t *testing.T) {
	path, want := filepath.Join("..", "docs", "proof", "street.md"), switchTable(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/proof/street.md does not name every switch (%v): renew it with -update", err)
	}
}

// switchMeans says what each switch of the street does.
var switchMeans = map[string]string{
	"network": "the kiosk's way out: gone, slow, or as it should be", "gateway": "it takes no calls; does what it is told and its answers are lost; refuses every refund, as for a customer whose account is closed, so that the order is owed; takes no order, as of a merchant who may not collect, and answers queries",
	"scanner": "the scan module's line is pulled, it says nothing, or noise", "panel": "its cable is pulled", "disk": "writes fail",
	"clock": "the board's clock counts from 1970 and nobody has set it",
	"shop":  "the kiosk's own loop hangs where it asks the time, for good: `/healthz` turns 503 and the service manager's watchdog is fed no more; page and street go on. Another process is not stuck",
	"slot":  "its spiral or light barrier (with `slot=`)",
}

// switchTable is the page of the street's switches.
func switchTable(t *testing.T) string {
	street, err := OpenStreet(Plan{DC: "GPIO24", Slots: []Wires{{Number: 1, Key: "GPIO5", Motor: "GPIO17", Drop: "GPIO22"}}, Till: &gateway.Gateway{}})
	if err != nil {
		t.Fatal(err)
	}
	defer street.Close()
	text := "# What may be out of order on the street\n\nWritten by `go test ./sim -run TestThePageNamesEverySwitch -update`.\n\n`POST /street/trouble` with `what=` and `how=`; `GET` lists how each stands.\n\n| what | how | |\n|---|---|---|\n"
	for _, s := range street.Switches() {
		if switchMeans[s.What] == "" {
			t.Errorf("nothing says what the switch %s does", s.What)
		}
		text += fmt.Sprintf("| `%s` | `%s` | %s |\n", s.What, strings.Join(s.Can, "` `"), switchMeans[s.What])
	}
	return text
}
