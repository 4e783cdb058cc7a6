package sale

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// holder is what of a shop outlives a step: each part under a name, and where it lies. One list serves both
// ways, so that what is written down can be taken up again.
type holder interface{ holds() map[string]any }

func (s *Shop) holds() map[string]any {
	return map[string]any{
		"tabs": &s.tabs, "front": &s.front, "cloud": &s.cloud, "shelves": &s.shelves, "blocked": &s.blocked, "parts": &s.parts,
		"doubts": &s.doubts, "stuck": &s.stuck, "stray": &s.stray, "next": &s.next, "charged": &s.charged, "strays": &s.strays,
		"alarms": &s.alarms, "awake": &s.awake, "maintained": &s.maintained, "testing": &s.testing, "address": &s.address, "faulty": &s.faulty,
		"armed": &s.armed, "shown": &s.shown,
	}
}

func (t *tab) holds() map[string]any {
	return map[string]any{
		"order": &t.Order, "busy": &t.Busy, "sent": &t.Sent, "due": &t.Due, "left": &t.Left, "ended": &t.Ended, "born": &t.Born,
		"deadline": &t.Deadline, "full": &t.Full, "heard": &t.Heard, "missed": &t.Missed, "pause": &t.Pause, "fresh": &t.Fresh,
		"url": &t.URL, "hidden": &t.Hidden, "leaving": &t.Leaving, "scanned": &t.Scanned, "checked": &t.Checked,
		"acked": &t.Acked, "round": &t.Stage, "missing": &t.Missing, "tryAt": &t.TryAt, "errs": &t.Errs, "back": &t.Back, "denied": &t.Denied,
		"looks": &t.Looks, "barred": &t.Barred,
	}
}

func (f *front) holds() map[string]any {
	return map[string]any{"of": &f.Of, "tail": &f.Tail, "until": &f.Until, "note": &f.Note, "mute": &f.Mute, "next": &f.Next}
}

func (c *choice) holds() map[string]any {
	return map[string]any{"slot": &c.Slot, "draw": &c.Draw, "code": &c.Code}
}

func (c *cloud) holds() map[string]any {
	return map[string]any{"reached": &c.Reached, "known": &c.Known, "since": &c.Since, "missed": &c.Missed,
		"busy": &c.Busy, "sent": &c.Sent, "due": &c.Due, "slotted": &c.Slotted}
}

func (v *stuckVend) holds() map[string]any {
	return map[string]any{"no": &v.No, "slot": &v.Slot, "at": &v.At}
}

// UnmarshalJSON takes up what was written down.
func (t *tab) UnmarshalJSON(b []byte) error       { return hold(b, t) }
func (f *front) UnmarshalJSON(b []byte) error     { return hold(b, f) }
func (c *choice) UnmarshalJSON(b []byte) error    { return hold(b, c) }
func (c *cloud) UnmarshalJSON(b []byte) error     { return hold(b, c) }
func (v *stuckVend) UnmarshalJSON(b []byte) error { return hold(b, v) }

// hold puts what was written down where it lies.
func hold(b []byte, h holder) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	to := h.holds()
	for name, text := range raw {
		at, ok := to[name]
		if !ok {
			return fmt.Errorf("a shop of this program has no %q", name)
		}
		if err := json.Unmarshal(text, at); err != nil {
			return err
		}
	}
	return nil
}

// lean writes values down without what is zero, and times in UTC: the same text on every machine.
// What a QR code holds is written as its stand-in.
type lean struct{ stand func(string) string }

// codes of the gateway that must not be kept, by the name of the field that holds them.
var unkept = map[string]bool{"CodeURL": true, "QR": true, "url": true}

func (l lean) text(v any) ([]byte, error) { return json.Marshal(l.of(reflect.ValueOf(v))) }

func (l lean) of(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if h, ok := v.Interface().(holder); ok {
			return l.held(h)
		}
		return l.of(v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = l.of(v.Index(i))
		}
		return out
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.UTC().Format(time.RFC3339Nano)
		}
		if v.CanAddr() {
			if h, ok := v.Addr().Interface().(holder); ok {
				return l.held(h)
			}
		}
		out := map[string]any{}
		l.fields(v, out)
		return out
	}
	return v.Interface()
}

func (l lean) fields(v reflect.Value, out map[string]any) {
	for i := range v.NumField() {
		f, at := v.Type().Field(i), v.Field(i)
		if f.Anonymous {
			l.fields(at, out)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		l.put(name, at, out)
	}
}

func (l lean) held(h holder) map[string]any {
	out := map[string]any{}
	for name, at := range h.holds() {
		l.put(name, reflect.ValueOf(at).Elem(), out)
	}
	return out
}

func (l lean) put(name string, v reflect.Value, out map[string]any) {
	switch t, isTime := v.Interface().(time.Time); {
	case v.IsZero() || isTime && t.IsZero():
	case unkept[name] && l.stand != nil:
		out[name] = l.stand(v.String())
	default:
		out[name] = l.of(v)
	}
}
