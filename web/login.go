package web

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	attemptsMinute  = 10  // wrong secrets from one address, a minute
	attemptsAddress = 30  // and an hour: one neighbour alone cannot lock everybody out
	attemptsHour    = 100 // from everybody but the machine itself, an hour
)

// LoginLimiter counts the wrong secrets of the last hour, and remembers no more of them than the hour allows. Those from
// the machine itself count apart: strangers must not lock out the person who sits at it.
type LoginLimiter struct {
	mu     sync.Mutex
	remote []*attempt // oldest first
	local  []*attempt
}

type attempt struct {
	from netip.Addr
	at   time.Time
}

// countAttempt counts an attempt as wrong until withdrawAttempt: many at once are no more than one after another. It returns nil at the
// limit. The secret is then not looked at, right or wrong, so that the refusal reveals nothing.
func (l *LoginLimiter) countAttempt(from netip.Addr) *attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.remote, l.local = dropBefore(l.remote, now.Add(-time.Hour)), dropBefore(l.local, now.Add(-time.Minute))
	a := &attempt{from, now}
	if from.IsLoopback() {
		if len(l.local) >= attemptsMinute {
			return nil
		}
		l.local = append(l.local, a)
		return a
	}
	hour, minute := 0, 0
	for _, o := range l.remote {
		if o.from == from {
			hour++
			if now.Sub(o.at) < time.Minute {
				minute++
			}
		}
	}
	if minute >= attemptsMinute || hour >= attemptsAddress || len(l.remote) >= attemptsHour {
		return nil
	}
	l.remote = append(l.remote, a)
	return a
}

// withdrawAttempt takes an attempt out of the count: it was right, or it was not looked at.
func (l *LoginLimiter) withdrawAttempt(a *attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	is := func(o *attempt) bool { return o == a }
	l.remote, l.local = slices.DeleteFunc(l.remote, is), slices.DeleteFunc(l.local, is)
}

// IsExhausted reports whether everybody but the machine itself has used up the wrong secrets of an hour.
func (l *LoginLimiter) IsExhausted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remote = dropBefore(l.remote, time.Now().Add(-time.Hour))
	return len(l.remote) >= attemptsHour
}

// ResetAttempts forgets every attempt.
func (l *LoginLimiter) ResetAttempts() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remote, l.local = nil, nil
}

func dropBefore(all []*attempt, from time.Time) []*attempt {
	for len(all) > 0 && !all[0].at.After(from) {
		all = all[1:]
	}
	return all
}
