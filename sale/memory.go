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
		"order": &t.Order, "busy": &t.busy, "sent": &t.sent, "due": &t.due, "left": &t.left, "ended": &t.ended, "born": &t.born,
		"deadline": &t.deadline, "full": &t.full, "heard": &t.heard, "missed": &t.missed, "pause": &t.pause, "fresh": &t.fresh,
		"url": &t.url, "hidden": &t.hidden, "leaving": &t.leaving, "scanned": &t.scanned, "checked": &t.checked,
		"acked": &t.acked, "round": &t.round, "missing": &t.missing, "tryAt": &t.tryAt, "errs": &t.errs, "back": &t.back, "denied": &t.denied,
		"looks": &t.looks, "barred": &t.barred,
	}
}

func (f *front) holds() map[string]any {
	return map[string]any{"of": &f.of, "tail": &f.tail, "until": &f.until, "note": &f.note, "mute": &f.mute, "next": &f.next}
}

func (c *choice) holds() map[string]any {
	return map[string]any{"slot": &c.slot, "draw": &c.draw, "code": &c.code}
}

func (c *cloud) holds() map[string]any {
	return map[string]any{"reached": &c.reached, "known": &c.known, "since": &c.since, "missed": &c.missed,
		"busy": &c.busy, "sent": &c.sent, "due": &c.due, "slotted": &c.slotted}
}

func (v *stuckVend) holds() map[string]any {
	return map[string]any{"no": &v.no, "slot": &v.slot, "at": &v.at}
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
