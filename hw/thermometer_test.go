package hw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	pad23 = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"
	pad85 = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
	pad0  = "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n"
)

// cold is a scratchpad of -10.125 °C, as the datasheet's table has it (FF5E).
var cold = func() string {
	p := []byte{0x5e, 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x02, 0x10}
	return padText(p, crc8(p))
}()

func padText(p []byte, crc byte) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for _, x := range append(p[:len(p):len(p)], crc) {
		b.WriteString(string(hex[x>>4]) + string(hex[x&15]) + " ")
	}
	return b.String() + ": crc=xx YES\n"
}

func TestAThermometerIsBelievedWithItsChecksumOnly(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       float64
		says       string
	}{
		{"23 °C", pad23, 23.125, ""},
		{"below zero", cold, -10.125, ""},
		{"power-on", pad85, 0, "85 °C"},
		{"a data wire at ground", pad0, 0, "zeros"},
		{"no pull-up", strings.Repeat("ff ", 9) + ": crc=c9 NO\n", 0, "checksum"},
		{"one bit over", strings.Replace(pad23, "72 01 4b", "73 01 4b", 1), 0, "checksum"},
		{"the kernel's word is not enough", strings.Replace(pad23, "57 :", "58 :", 1), 0, "checksum"},
		{"nor is ours", strings.Replace(pad23, "YES", "NO", 1), 0, "checksum"},
		{"cut off", pad23[:20], 0, "no scratchpad"},
		{"empty", "", 0, "no scratchpad"},
		{"200 °C", padText([]byte{0x80, 0x0c, 0, 0, 0, 0, 0, 0}, crc8([]byte{0x80, 0x0c, 0, 0, 0, 0, 0, 0})), 0, "cannot measure"},
	} {
		got, err := parseScratchpad(row.text)
		if got != row.want || (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, %v", row.name, got, err)
		}
	}
}

func TestATemperatureGrowsStaleAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "28-0316a2794bff", "w1_slave")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		write(pad23)
		var told diary
		th := &Thermometer{Dir: dir, Health: func(f string) { told.note("%s", f) }}
		if _, ok := th.Celsius(); ok {
			t.Error("a temperature before the first look")
		}
		running(t, th.Run)
		if c, ok := th.Celsius(); !ok || c != 23.125 {
			t.Errorf("%v %v", c, ok)
		}
		write(pad85)
		time.Sleep(2 * time.Minute)
		if c, ok := th.Celsius(); !ok || c != 23.125 {
			t.Errorf("one bad reading took the temperature away: %v %v", c, ok)
		}
		told.is(t, "told too soon")
		time.Sleep(2 * time.Minute)
		if _, ok := th.Celsius(); ok {
			t.Error("an old temperature counts as one")
		}
		told.is(t, "goods spoil and nobody knows", "reading the thermometer 28-0316a2794bff: it says 85 °C, as it does before it has measured: its supply dips")
		write(cold)
		time.Sleep(time.Minute)
		if c, ok := th.Celsius(); !ok || c != -10.125 {
			t.Errorf("%v %v", c, ok)
		}
		told.is(t, "mended", "")
	})
}

func TestWhichThermometer(t *testing.T) {
	dir := t.TempDir()
	th := &Thermometer{Dir: dir}
	if _, err := th.Measure(); err == nil || !strings.Contains(err.Error(), "dtoverlay=w1-gpio") {
		t.Errorf("none: %v", err)
	}
	for id, text := range map[string]string{"28-a": pad23, "28-b": cold} {
		if err := os.MkdirAll(filepath.Join(dir, id), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, id, "w1_slave"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := th.Measure(); err == nil || !strings.Contains(err.Error(), "2 thermometers") {
		t.Errorf("two: %v", err)
	}
	th.ID = "28-b"
	if c, err := th.Measure(); err != nil || c != -10.125 {
		t.Errorf("%v %v", c, err)
	}
}

func FuzzScratchpad(f *testing.F) {
	for _, s := range []string{pad23, pad85, pad0, cold, ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseScratchpad(text); err == nil && (c < -55 || c > 125 || c == 85) {
			t.Errorf("%q is %v", text, c)
		}
	})
}
