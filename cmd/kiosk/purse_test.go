//go:build sim

package main

import (
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func TestADayWithoutTradeHasAnEmptyBillAndAnEmptyPurse(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	quiet := time.Now().In(sale.Beijing).AddDate(0, 0, -2).Format(time.DateOnly) // yesterday's bill is not written before ten
	got := m.does("reconcile", "-date", quiet, "-flow")
	if got.code != exitGood || !strings.Contains(got.out, quiet+": 0 rows") || !strings.Contains(got.out, "0 differences") {
		t.Errorf("a quiet day: %+v", got)
	}
}
