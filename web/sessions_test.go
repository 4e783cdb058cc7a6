package web

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestNoMoreSessionsAreKeptThanMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Sessions{Cookie: "page"}
		r := httptest.NewRequest("GET", "/", nil)
		for i := range 3 * sessionMost {
			s.SignIn(httptest.NewRecorder(), r, fmt.Sprint("person ", i))
			time.Sleep(time.Second)
		}
		if len(s.open) != sessionMost {
			t.Errorf("%d sessions are kept", len(s.open))
		}
		time.Sleep(sessionIdle)
		if s.SignedIn(r, false); len(s.open) != 0 {
			t.Errorf("%d that are over are kept", len(s.open))
		}
	})
}
