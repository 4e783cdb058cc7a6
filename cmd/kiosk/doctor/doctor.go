// Package doctor finds out how a kiosk is: whether its parts work (kiosk check), whether the running one is this very
// program and in good health (kiosk health), and whether it may be stopped now (kiosk idle).
//
// It only looks. Nothing is driven that turns, opens or sounds, and nothing is written but a file that was asked for,
// so each of the three may be called while customers are served.
package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Finding is one line of a report: a part, how it is, and what to do about it.
type Finding struct {
	Part    string `json:"part"`
	Verdict string `json:"verdict"` // ok | warn | fail
	Text    string `json:"text"`
}

// The verdicts. A warning sells on; a failure makes the command exit with 1.
const (
	OK   = "ok"
	Warn = "warn"
	Fail = "fail"
)

// WriteReport prints findings as a table or as JSON.
func WriteReport(out io.Writer, found []Finding, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(found)
	}
	for _, f := range found {
		fmt.Fprintf(out, "%-4s  %-12s  %s\n", f.Verdict, f.Part, f.Text)
	}
	return nil
}

// HasFailure reports whether any of them is a failure.
func HasFailure(found []Finding) bool { return firstFailure(found) >= 0 }

func firstFailure(found []Finding) int {
	return slices.IndexFunc(found, func(f Finding) bool { return f.Verdict == Fail })
}
