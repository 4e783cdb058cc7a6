package onsite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// firstStand is a first secret before a panel and a page.
type firstStand struct {
	*FirstSecret
	glass, page string
	broken      error // what the panel says
	dark        bool  // it broke after the secret was there
}

func newFirstStand(dir string) *firstStand {
	s := &firstStand{}
	s.FirstSecret = &FirstSecret{
		File: filepath.Join(dir, "pin"),
		Show: func(_ context.Context, clear string, hold time.Duration) error {
			if s.broken == nil && hold == secretShown {
				s.glass = clear
			}
			return s.broken
		},
		IsLit: func() bool { return !s.dark },
		Set:   func(kept string) error { s.page = kept; return nil },
	}
	return s
}

// file is what would be read after a power cut.
func (s *firstStand) read() string {
	text, _ := os.ReadFile(s.File) // "": there is none
	return strings.TrimSpace(string(text))
}

func TestTheFirstSecretCountsAtOnceAndIsKeptOnceItWasReadable(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newFirstStand(dir)
		if !s.IsMissing() {
			t.Fatal("there is none, and none is offered")
		}
		told := make(chan error, 1)
		go func() { told <- s.MakeSecret(t.Context()) }()
		time.Sleep(secretShown - time.Second)
		synctest.Wait() // what was shown and set until now
		if s.glass == "" || s.page == "" || strings.Contains(s.page, s.glass) {
			t.Fatalf("the panel shows %q, and the page goes by %q", s.glass, s.page)
		}
		if s.read() != "" || !s.IsMissing() {
			t.Error("it is kept before anybody could read it: a power cut now locks the technician out")
		}
		time.Sleep(2 * time.Second)
		if err := <-told; err != nil || s.read() != s.page || s.IsMissing() {
			t.Errorf("%v: the file keeps %q, the page goes by %q", err, s.read(), s.page)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".pin-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestTheFirstSecretIsShownAgainWhileItIsShown(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newFirstStand(dir)
		told := make(chan error, 2)
		go func() { told <- s.MakeSecret(t.Context()) }()
		time.Sleep(secretShown / 2)
		synctest.Wait()
		was := s.glass
		go func() { told <- s.MakeSecret(t.Context()) }()
		time.Sleep(secretShown - time.Second)
		synctest.Wait() // what was shown and set until now
		if s.glass != was || s.read() != "" {
			t.Errorf("first %q, then %q; kept %q", was, s.glass, s.read())
		}
		time.Sleep(2 * time.Second)
		if err := errors.Join(<-told, <-told); err != nil || s.read() != s.page {
			t.Errorf("%v: the file keeps %q", err, s.read())
		}
	})
}

func TestASecretThatNobodyCouldReadIsNotKept(t *testing.T) {
	for name, broken := range map[string]func(s *firstStand, end context.CancelFunc){
		"the panel is broken":         func(s *firstStand, _ context.CancelFunc) { s.broken = errors.New("a broken bus") },
		"it breaks while it is shown": func(s *firstStand, _ context.CancelFunc) { s.dark = true },
		"the power goes":              func(_ *firstStand, end context.CancelFunc) { time.AfterFunc(secretShown/2, end) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := newFirstStand(dir)
				ctx, end := context.WithCancel(t.Context())
				defer end()
				broken(s, end)
				err := s.MakeSecret(ctx)
				if name != "the power goes" && (err == nil || strings.Contains(err.Error(), "\n")) {
					t.Errorf("a technician is told %v", err)
				}
				if s.read() != "" || !s.IsMissing() {
					t.Fatal("the technician is locked out for good")
				}
				was := s.glass
				if s.broken, s.dark = nil, false; name == "the power goes" {
					s = newFirstStand(dir) // a new life
				}
				if err := s.MakeSecret(t.Context()); err != nil || s.glass == "" || s.glass == was || s.read() != s.page {
					t.Errorf("the next hand on the key: %v, shown %q after %q", err, s.glass, was)
				}
			})
		})
	}
}

func TestASecretThatCannotBeKeptIsNotShown(t *testing.T) {
	s := newFirstStand(filepath.Join(t.TempDir(), "nowhere"))
	if err := s.MakeSecret(t.Context()); err == nil || !strings.Contains(err.Error(), "status.pin_file") || s.glass != "" || s.page != "" {
		t.Errorf("%v: the panel shows %q", err, s.glass)
	}
}

func TestASecretMadeMeanwhileCounts(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newFirstStand(dir)
		time.AfterFunc(secretShown/2, func() {
			if err := WriteSecret(s.File, "made with kiosk pin", true); err != nil {
				t.Error(err)
			}
		})
		if err := s.MakeSecret(t.Context()); err != nil || s.read() != "made with kiosk pin" || strings.TrimSpace(s.page) != s.read() {
			t.Errorf("%v: the page goes by %q, the file keeps %q", err, s.page, s.read())
		}
	})
}
