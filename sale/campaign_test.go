package sale

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestCampaign is `make storm`: seed after seed until so many orders were born. In the ordinary suite it
// sells enough to see that it runs.
func TestCampaign(t *testing.T) {
	want, first := 300, uint64(1_000)
	if s := os.Getenv("STORM_SALES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("STORM_SALES=%s: say how many sales", s)
		}
		want = n
		if first, err = strconv.ParseUint(os.Getenv("STORM_SEED"), 10, 64); err != nil {
			t.Fatalf("STORM_SEED=%s: say the first seed", os.Getenv("STORM_SEED"))
		}
	}
	began, orders, seed, total := time.Now(), 0, first, map[string]int{}
	for ; orders < want; seed++ {
		w := storm(seed, rough, false)
		if len(w.book.birth) == 0 {
			t.Fatalf("seed %d sold nothing", seed)
		}
		orders += len(w.book.birth)
		for k, n := range w.stats {
			total[k] += n
		}
		if wrong := w.judge(); len(wrong) > 0 {
			t.Fatalf("seed %d lost something (STORM_SEED=%d STORM_SALES=1 shows it again):\n%s", seed, seed, strings.Join(wrong, "\n"))
		}
	}
	t.Logf("campaign: seeds %d..%d, %d orders, %d sold, %d power cuts and failed writes, %d paid by QR, %d by code, %.0f orders a second, 0 violations",
		first, seed-1, orders, total["vending dropped"], total["cut"], total["paid native"], total["paid code"], float64(orders)/time.Since(began).Seconds())
}
