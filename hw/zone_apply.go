package hw

import (
	"context"
	"errors"
	"slices"
)

// passes is how often settings are written at most, if the module does not keep them.
const passes = 5

// settingsWriter writes the settings that differ and reads all of them again, until they are as wanted or the passes
// are used up.
type settingsWriter struct {
	*zoneClient
	all     []setting
	between func(context.Context) error // called before every command: the aim may have to change meanwhile

	unread  []mismatch      // zones that do not answer
	silent  map[uint16]int  // how often each did not
	written map[uint16]bool // the zones written so far
}

// settingsResult is what applySettings has reached.
type settingsResult struct {
	mismatches []mismatch
	certain    bool // no desync in the last reading
	changed    bool // a setting was written that is now as wanted, or may be
}

// applySettings reads and writes until the module is configured. It writes only after a certain reading: the other bits
// of a zone must stay as they are.
func (t *zoneClient) applySettings(ctx context.Context, all []setting, between func(context.Context) error) (settingsResult, error) {
	s := &settingsWriter{zoneClient: t, all: all, between: between, silent: map[uint16]int{}, written: map[uint16]bool{}}
	for pass := 1; ; pass++ {
		mismatches, again, sure, err := s.readAll(ctx)
		last := sure && !again && len(mismatches) == 0 || pass == passes
		if err == nil && !last && sure {
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

// readAll compares all settings. again means that a zone did not answer for the first time and is worth another pass.
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
		case s.silent[o.at] == 0: // the module may have been waking up
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
