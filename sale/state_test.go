package sale

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// remembered is a shop's state as a recording writes it.
func remembered(t *testing.T, s *Shop) []byte {
	t.Helper()
	b, err := json.Marshal(s.State())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A tick that is left out of a recording must not matter: a copy of the shop that takes it remembers the same as one that does not.
func TestAQuietTickChangesNothing(t *testing.T) {
	quiet, copies := 0, 0
	for seed := uint64(1); seed <= 2; seed++ {
		rnd := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(seed, rough)
		w.seen = func(Input, []Deed) {
			if rnd.IntN(12) > 0 {
				return
			}
			before := remembered(t, w.shop)
			var state ShopState
			if err := json.Unmarshal(before, &state); err != nil {
				t.Fatal(err)
			}
			twin := &Shop{Kiosk: w.shop.Kiosk, Merchant: w.shop.Merchant}
			twin.Restore(state)
			if after := remembered(t, twin); !bytes.Equal(before, after) {
				t.Fatalf("a copy knows\n%s\nof\n%s", after, before)
			}
			copies++
			at := w.instant()
			at.Mono += time.Duration(rnd.Int64N(int64(20 * time.Second)))
			deeds := twin.Step(at, Tick{})
			alarms := !slices.ContainsFunc(deeds, func(d Deed) bool { _, alarm := d.(Alarmed); return !alarm })
			if !twin.Moved() && alarms {
				quiet++
				if after := remembered(t, twin); !bytes.Equal(before, after) {
					t.Fatalf("seed %d at %v: a tick that did nothing changed the shop from\n%s\nto\n%s", seed, w.now, before, after)
				}
			}
		}
		w.after(time.Second, w.customer)
		w.after(time.Second, w.weather)
		w.run(2 * time.Hour)
	}
	if copies < 300 || quiet < 100 {
		t.Errorf("only %d ticks of %d were quiet", quiet, copies)
	}
}

// A field that is added to a shop must be added to its state: one full of everything is written down, read, and restored.
func TestNothingThatAShopKnowsIsForgotten(t *testing.T) {
	ofStep := []string{"now", "wakeAt", "acted", "moved", "batch", "deeds", "undo"}
	whole := &Shop{}
	fill(t, reflect.ValueOf(whole).Elem(), 1)
	var state ShopState
	if err := json.Unmarshal(remembered(t, whole), &state); err != nil {
		t.Fatal(err)
	}
	copied := &Shop{}
	copied.Restore(state)
	from, to := reflect.ValueOf(whole).Elem(), reflect.ValueOf(copied).Elem()
	for i := range from.NumField() {
		f := from.Type().Field(i)
		if f.IsExported() || slices.Contains(ofStep, f.Name) {
			continue
		}
		if a, b := show(from.Field(i)), show(to.Field(i)); a != b {
			t.Errorf("%s is not restored: it was\n%s\nand is\n%s", f.Name, a, b)
		}
	}
}

func show(v reflect.Value) string {
	p := reflect.New(v.Type())
	p.Elem().Set(reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem())
	b, err := json.Marshal(p.Interface())
	return strings.ReplaceAll(fmt.Sprint(string(b), err), ",", ",\n")
}

// fill gives every field at every depth a value of its own; none of a step, and none that JSON would not write.
func fill(t *testing.T, v reflect.Value, n int64) int64 {
	t.Helper()
	n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(n)
	case reflect.String:
		v.SetString(fmt.Sprint(n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		n = fill(t, v.Elem(), n)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Interface {
			return n // the deeds of a step
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		n = fill(t, v.Index(0), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		n = fill(t, value, fill(t, key, n))
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(n, 0).UTC()))
			return n
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() && v.Type() != reflect.TypeFor[Shop]() {
				t.Errorf("%s.%s is not exported: a recording does not hold it", v.Type(), f.Name)
			}
			n = fill(t, reflect.NewAt(f.Type, unsafe.Pointer(v.Field(i).UnsafeAddr())).Elem(), n)
		}
	default:
		t.Errorf("a %s is in a shop: say here how to fill it", v.Type())
	}
	return n
}
