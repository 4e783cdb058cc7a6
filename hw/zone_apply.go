package hw

import (
	"context"
	"errors"
	"slices"
)

// passes bounds how often settings are written: a stubborn module does not end by itself.
const passes = 5

// settingsWriter has a module set as it should be: it writes what is not, and reads everything again until it
// is, or the module shows that it will not be.
type settingsWriter struct {
	*zoneClient
	all     []setting
	between func(context.Context) error // called before every command: there may be something more urgent

	unread  []mismatch     // zones that it does not answer for
	silent  map[uint16]int // how often
	written map[uint16]bool
}

// settingsResult is what came of it.
type settingsResult struct {
	mismatches []mismatch
	certain    bool // the last reading was beyond doubt
	changed    bool // something that differed is now as wanted, or may be
}

func (t *zoneClient) applySettings(ctx context.Context, all []setting, between func(context.Context) error) (settingsResult, error) {
	s := &settingsWriter{zoneClient: t, all: all, between: between, silent: map[uint16]int{}, written: map[uint16]bool{}}
	for pass := 1; ; pass++ {
		mismatches, again, sure, err := s.readAll(ctx)
		last := sure && !again && len(mismatches) == 0 || pass == passes
		if err == nil && !last && sure { // bits that are to be left must be known
			err = s.writeMismatches(ctx, mismatches)
		}
		if err != nil {
			return settingsResult{changed: len(s.written) > 0}, err
		}
		if last {
			for _, o := range mismatches {
				delete(s.written, o.at)
			}
			return settingsResult{append(mismatches, s.unread...), sure, len(s.written) > 0}, nil
		}
	}
}

// readAll reads everything. again says that something was not read and should be asked for once more.
func (s *settingsWriter) readAll(ctx context.Context) (mismatches []mismatch, again, sure bool, err error) {
	before := s.desyncs
	all, err := s.compareSettings(ctx, s.all, s.between)
	if err != nil {
		return nil, false, false, err
	}
	for _, o := range all {
		switch {
		case !o.unread:
			mismatches = append(mismatches, o)
		case s.silent[o.at] == 0: // it may have been waking up
			s.silent[o.at]++
			again = true
		default:
			s.unread = append(s.unread, o)
			s.all = slices.DeleteFunc(slices.Clone(s.all), func(x setting) bool { return x.at == o.at })
		}
	}
	return mismatches, again, s.desyncs == before, nil
}

func (s *settingsWriter) writeMismatches(ctx context.Context, mismatches []mismatch) error {
	for _, o := range mismatches {
		if err := s.between(ctx); err != nil {
			return err
		}
		s.written[o.at] = true
		if err := s.writeZone(ctx, o.at, o.have&^o.mask|o.want); err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
	}
	return nil
}
