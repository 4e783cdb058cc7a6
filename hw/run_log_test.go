package hw

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestHowARunEndedIsKnownToTheNext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.json")
	began := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		boot  string
		clean bool
		last  string
		cuts  int
		crash int
	}{
		{"a", true, "", 0, 0}, {"a", false, "clean", 0, 0}, {"a", false, "crash", 0, 1},
		{"b", false, "power", 1, 1}, {"c", true, "power", 2, 1}, {"d", true, "clean", 2, 1},
	} {
		r, err := StartRun(file, c.boot, began.Add(time.Duration(i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if r.Last != c.last || r.PowerCuts != c.cuts || r.Crashes != c.crash || !r.Since.Equal(began) {
			t.Errorf("run %d: the page would say %+v", i, r)
		}
		if c.clean {
			if err := r.EndRun(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".runs-*")); len(left) > 0 {
		t.Errorf("litter: %v", left)
	}
}

func TestATornCountOfRunsIsBegunAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.json")
	if err := os.WriteFile(file, []byte(`{"power_cuts":3,"bo`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := StartRun(file, "a", time.Now()); err != nil || r.PowerCuts != 0 || !r.Running {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := StartRun(filepath.Join(file, "no", "such"), "a", time.Now()); err == nil {
		t.Error("nobody hears that the runs are not counted")
	}
}
