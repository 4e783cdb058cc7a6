package hw

import (
	"context"
	"errors"
	"slices"
)

// passes bounds how often settings are written: a stubborn module does not end by itself.
const passes = 5

// settler has a module set as it should be: it writes what is not, and reads everything again until it
// is, or the module shows that it will not be.
type settler struct {
	*talk
	all     []setting
	between func(context.Context) error // called before every command: there may be something more urgent

	unread  []odd          // zones that it does not answer for
	silent  map[uint16]int // how often
	written map[uint16]bool
}

// settled is what came of it.
type settled struct {
	odds    []odd
	sure    bool // the last reading was beyond doubt
	changed bool // something that differed is now as wanted, or may be
}

func (t *talk) settle(ctx context.Context, all []setting, between func(context.Context) error) (settled, error) {
	s := &settler{talk: t, all: all, between: between, silent: map[uint16]int{}, written: map[uint16]bool{}}
	for pass := 1; ; pass++ {
		odds, again, sure, err := s.look(ctx)
		last := sure && !again && len(odds) == 0 || pass == passes
		if err == nil && !last && sure { // bits that are to be left must be known
			err = s.set(ctx, odds)
		}
		if err != nil {
			return settled{changed: len(s.written) > 0}, err
		}
		if last {
			for _, o := range odds {
				delete(s.written, o.at)
			}
			return settled{append(odds, s.unread...), sure, len(s.written) > 0}, nil
		}
	}
}

// look reads everything. again says that something was not read and should be asked for once more.
func (s *settler) look(ctx context.Context) (odds []odd, again, sure bool, err error) {
	before := s.doubts
	all, err := s.review(ctx, s.all, s.between)
	if err != nil {
		return nil, false, false, err
	}
	for _, o := range all {
		switch {
		case !o.unread:
			odds = append(odds, o)
		case s.silent[o.at] == 0: // it may have been waking up
			s.silent[o.at]++
			again = true
		default:
			s.unread = append(s.unread, o)
			s.all = slices.DeleteFunc(slices.Clone(s.all), func(x setting) bool { return x.at == o.at })
		}
	}
	return odds, again, s.doubts == before, nil
}

func (s *settler) set(ctx context.Context, odds []odd) error {
	for _, o := range odds {
		if err := s.between(ctx); err != nil {
			return err
		}
		s.written[o.at] = true
		if err := s.put(ctx, o.at, o.have&^o.mask|o.want); err != nil && !errors.Is(err, errMute) {
			return err
		}
	}
	return nil
}
