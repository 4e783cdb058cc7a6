//go:build sim

package main

import (
	"strings"
	"testing"
	"time"
)

func TestADayWithoutTradeHasAnEmptyBillAndAnEmptyPurse(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	yesterday := time.Now().In(beijing).AddDate(0, 0, -1).Format(time.DateOnly)
	got := m.does("reconcile", "-date", yesterday, "-flow")
	if got.code != exitGood || !strings.Contains(got.out, yesterday+": 0 rows") || !strings.Contains(got.out, "0 differences") {
		t.Errorf("a quiet day: %+v", got)
	}
}
