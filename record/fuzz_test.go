package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/sale"
)

// seedsOf are the heads of true recordings, kept under testdata so that a fuzzer begins where the form is met.
func seedsOf(tb testing.TB) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "recordings", "*.jsonl"))
	if err != nil || len(names) < 3 {
		tb.Fatalf("only %v: %v", names, err)
	}
	var out []string
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// TestOldRecordingsStillReplay: what was recorded by an earlier program of the same form replays in this one.
// Where a change of the rules changes the deeds on purpose, record anew with KIOSK_RECORD=1.
func TestOldRecordingsStillReplay(t *testing.T) {
	if os.Getenv("KIOSK_RECORD") != "" {
		renew(t)
	}
	for i, text := range seedsOf(t) {
		if got, err := Replay(strings.NewReader(text), nil); err != nil || got.Steps < 10 {
			t.Errorf("recording %d: %+v, %v", i, got, err)
		}
	}
}

// renew writes the recordings: the first lines of a storm, the end of a short tape, and a clerk's sale with a failed write.
func renew(t *testing.T) {
	storm, short, clerk := &reel{}, &reel{most: 6 << 10}, &reel{}
	recorded(3, storm, nil)
	recorded(4, short, nil)
	sell(t, &parts{book: newLedger(), failAt: 3, failFor: 1}, &Recorder{Sink: clerk})
	for name, text := range map[string]string{
		"storm": strings.Join(strings.SplitAfter(storm.text(), "\n")[:60], ""), "short": short.text(), "clerk": clerk.text(),
	} {
		path := filepath.Join("testdata", "recordings", name+".jsonl")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzReplay: whatever a file says, the reader ends with an answer or an error.
func FuzzReplay(f *testing.F) {
	for _, text := range seedsOf(f) {
		f.Add([]byte(text))
		lines := strings.SplitAfter(text, "\n")
		f.Add([]byte(strings.Join(lines[:min(4, len(lines))], "")))
		f.Add([]byte(text[:len(text)/2]))
	}
	f.Add([]byte(`{"n":1,"begin":"state","format":2,"shop":{},"state":{"awake":true,"orders":[null]},"seal":"00000000"}` + "\n" +
		`{"n":2,"in":"pressed","is":{"Slot":1},"seal":"00000000"}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Replay(strings.NewReader(string(b)), func(sale.Instant, sale.View) {})
		if err == nil && got.Steps == 0 {
			t.Error("nothing was replayed, and nobody says so")
		}
	})
}
