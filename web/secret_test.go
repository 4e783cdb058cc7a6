package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const secret = "correct-horse-battery"

// guess says a secret as a request from an address does.
func guess(p *Password, from, said string) Verdict {
	return p.Check(said, RemoteAddr(&http.Request{RemoteAddr: from + ":5000"}))
}

var secretShape = regexp.MustCompile(`^[2-9a-hjkmnp-z]{5}-[2-9a-hjkmnp-z]{5}$`)

func TestADrawnSecretOpensHoweverItIsTyped(t *testing.T) {
	clear, kept := DrawSecret()
	again, other := DrawSecret()
	if !secretShape.MatchString(clear) || clear == again || kept == other || strings.Contains(kept, clear) {
		t.Fatalf("%q is kept as %q; the next is %q, %q", clear, kept, again, other)
	}
	if !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("a guess costs something else than promised: %s", kept)
	}
	k, err := parseSecret(kept + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := CheckSecret(kept); plain || err != nil {
		t.Errorf("the file is called plain (%v), or bad (%v)", plain, err)
	}
	for _, said := range []string{clear, strings.ToUpper(clear), strings.ReplaceAll(clear, "-", ""), strings.ReplaceAll(clear, "-", " "), " " + clear + " "} {
		if !k.matches(said) {
			t.Errorf("the technician types %q and is turned away", said)
		}
	}
	for _, said := range []string{"", again, clear[:len(clear)-1], clear + "x", kept} {
		if k.matches(said) {
			t.Errorf("%q opens the machine", said)
		}
	}
}

// The vector is the one of the reference implementation's own tests.
func TestAHashMadeElsewhereOpens(t *testing.T) {
	k, err := parseSecret("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil {
		t.Fatal(err)
	}
	if !k.matches("password") || k.matches("Password1") {
		t.Error("our argon2id is not everybody's")
	}
}

var badHashes = []string{
	"$argon2id$", "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
	"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q", "$argon2id$v=19$m=19456,t=1000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
	"$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$!", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AA",
	"$argon2id$v=19$m=19456,t=2,p=1 $c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q", "", "  \n",
}

func TestAHashThatWouldEatTheMachineIsRefused(t *testing.T) {
	for _, text := range badHashes {
		if k, err := parseSecret(text); err == nil {
			t.Errorf("%q is taken for a secret: %+v", text, k)
		}
		if (&Password{Kept: text}).Exists() {
			t.Errorf("%q: the page offers to sign in, and nobody ever can", text)
		}
	}
	if plain, err := CheckSecret("by hand"); !plain || err != nil {
		t.Errorf("a secret in clear is not told of: %v %v", plain, err)
	}
}

func FuzzSecretFile(f *testing.F) {
	for _, text := range badHashes {
		f.Add(text)
	}
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := parseSecret(text)
		if err != nil || k.sum == nil {
			return
		}
		if k.memory > 64<<10 || k.passes > 10 || k.String() != strings.TrimSpace(text) {
			t.Errorf("%q is read as %s", text, k)
		}
	})
}

func TestGuessesWaitInAShortLineAndEatNoMemory(t *testing.T) {
	h := &Password{Kept: secret}
	h.one.Lock() // one guess is being looked at, for long
	said := make(chan Verdict, 10)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() { said <- h.Check("guess", netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})) })
	}
	for i := range 10 - 1 - passwordQueue {
		if v := <-said; v != Busy {
			t.Errorf("guess %d is answered %d while the line is full", i, v)
		}
	}
	h.one.Unlock()
	all.Wait()
	close(said)
	for v := range said {
		if v != Wrong {
			t.Errorf("a guess in the line is answered %d", v)
		}
	}
	if n := h.computed.Load(); n != 1+passwordQueue || len(h.Attempts.remote) != 1+passwordQueue {
		t.Errorf("%d were looked at, %d count: whoever was sent away is counted, or whoever guessed is not", n, len(h.Attempts.remote))
	}
}

// Whoever measures must learn nothing: each guess that is let in costs one hash, whatever is in it, and each that is not
// costs none, be it right or wrong.
func TestEveryGuessCostsTheSame(t *testing.T) {
	clear, kept := DrawSecret()
	for _, pin := range []string{secret, kept} {
		h := &Password{Kept: pin}
		guesses := map[string]string{"nothing like it": "zzzzz-zzzzz", "all but the last letter": clear[:10] + "!", "longer": strings.Repeat("a", 3000), "one letter": "a"}
		took := map[string][]time.Duration{}
		for range 3 {
			for name, said := range guesses {
				h.Attempts.ResetAttempts()
				before, began := h.computed.Load(), time.Now()
				if v := h.Check(said, netip.MustParseAddr("10.0.0.1")); v != Wrong {
					t.Fatalf("%s: %d", name, v)
				}
				took[name] = append(took[name], time.Since(began))
				if n := h.computed.Load() - before; n != 1 {
					t.Errorf("%s costs %d looks", name, n)
				}
			}
		}
		var told []string
		for name, times := range took {
			slices.Sort(times)
			told = append(told, fmt.Sprintf("%s %v", name, times[1].Round(100*time.Nanosecond)))
		}
		slices.Sort(told)
		t.Logf("hashed %v: %s", pin == kept, strings.Join(told, " · "))
		h.Attempts.ResetAttempts()
		for range attemptsMinute {
			h.Check("x", netip.MustParseAddr("10.0.0.1"))
		}
		before := h.computed.Load()
		if a, b := h.Check(clear, netip.MustParseAddr("10.0.0.1")), h.Check(secret, netip.MustParseAddr("10.0.0.1")); a != TooMany || b != TooMany || h.computed.Load() != before {
			t.Errorf("while the door is shut guesses are still looked at: %d %d", a, b)
		}
	}
}

// A day of guessing, by clockwork: from 4,000 houses, one house alone, and the machine itself.
func TestAHundredThousandGuessesNeverExceedTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Password{Kept: secret}
		const guesses, day = 100_000, 24 * time.Hour
		looked := map[string][]time.Time{}
		refusals := 0
		for i := range guesses {
			from, who := fmt.Sprintf("10.%d.%d.7", i/250%16, i%250), "strangers"
			switch i % 4 {
			case 1:
				from = fmt.Sprintf("[2001:db8:%x:%x::%x]", i%7, i%500, i)
			case 2:
				from, who = "10.99.99.99", "one address"
			case 3:
				from, who = "127.0.0.1", "the machine itself"
			}
			switch got := guess(h, from, fmt.Sprint("guess", i)); got {
			case Wrong:
				looked[who] = append(looked[who], time.Now())
			case TooMany:
				refusals++
			default:
				t.Fatalf("guess %d from %s is answered %d", i, from, got)
			}
			time.Sleep(day / guesses)
		}
		strangers := slices.Concat(looked["strangers"], looked["one address"])
		slices.SortFunc(strangers, time.Time.Compare)
		for _, c := range []struct {
			who    string
			at     []time.Time
			within time.Duration
			most   int
		}{
			{"all strangers", strangers, time.Hour, attemptsHour}, {"one address", looked["one address"], time.Minute, attemptsMinute},
			{"one address", looked["one address"], time.Hour, attemptsAddress}, {"the machine itself", looked["the machine itself"], time.Minute, attemptsMinute},
		} {
			if len(c.at) == 0 {
				t.Fatalf("%s: none was looked at, so this proves nothing", c.who)
			}
			got := 0
			for i := range c.at {
				n := 0
				for _, b := range c.at[i:] {
					if b.Sub(c.at[i]) < c.within {
						n++
					}
				}
				got = max(got, n)
			}
			t.Logf("%-19s %6d of %d looked at in a day, at most %3d in any %v (limit %d)", c.who, len(c.at), guesses, got, c.within, c.most)
			if got > c.most {
				t.Errorf("%s: %d guesses in %v", c.who, got, c.within)
			}
		}
		if refusals+len(strangers)+len(looked["the machine itself"]) != guesses || len(h.Attempts.remote) > attemptsHour {
			t.Errorf("%d refused, %d remembered", refusals, len(h.Attempts.remote))
		}
		if got := guess(h, "127.0.0.2", secret); got != TooMany && got != Right {
			t.Errorf("the console: %d", got)
		}
		time.Sleep(time.Minute)
		if got := guess(h, "127.0.0.1", secret); got != Right {
			t.Errorf("a day of strangers' guesses locks the console out: %d", got)
		}
	})
}
