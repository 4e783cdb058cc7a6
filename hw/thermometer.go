package hw

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// OneWire is the kernel's folder of devices on the 1-Wire bus (dtoverlay=w1-gpio).
const OneWire = "/sys/bus/w1/devices"

const (
	measureInterval = 30 * time.Second
	staleAfter      = 3 * time.Minute
)

// Thermometer is a DS18B20 in the goods' compartment. A value counts only with a valid checksum, and only for three
// minutes.
type Thermometer struct {
	Dir    string             // the bus's folder [OneWire]
	ID     string             // such as 28-0316a2794bff; "": the only one
	Health func(fault string) // why there is no temperature, "" when there is one again; from Run; nil is not called

	mu      sync.Mutex
	celsius float64
	at      time.Time
}

// Celsius returns the newest temperature, and false if there has been none for three minutes.
func (t *Thermometer) Celsius() (float64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.IsZero() || time.Since(t.at) > staleAfter {
		return 0, false
	}
	return t.celsius, true
}

// Run measures every half minute until ctx ends. One bad reading is no fault, three minutes without a good one are.
// The kernel takes most of a second for each.
func (t *Thermometer) Run(ctx context.Context) error {
	tick := time.NewTicker(measureInterval)
	defer tick.Stop()
	told, began := "", time.Now()
	for {
		celsius, err := t.Measure()
		if err == nil {
			t.mu.Lock()
			t.celsius, t.at = celsius, time.Now()
			t.mu.Unlock()
		}
		fault := told
		if err == nil {
			fault = ""
		} else if _, fresh := t.Celsius(); !fresh && time.Since(began) > staleAfter {
			fault = err.Error()
		}
		if fault != told && t.Health != nil {
			t.Health(fault)
		}
		told = fault
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Measure reads the thermometer now. Its error says what to mend.
func (t *Thermometer) Measure() (celsius float64, err error) {
	dir, id := cmp.Or(t.Dir, OneWire), cmp.Or(t.ID, "28-*")
	all, err := filepath.Glob(filepath.Join(dir, id, "w1_slave"))
	switch {
	case err != nil:
		return 0, fmt.Errorf("looking for the thermometer %s: %w", id, err)
	case len(all) == 0:
		return 0, fmt.Errorf("no thermometer %s in %s; put dtoverlay=w1-gpio into config.txt and look at its wires", id, dir)
	case len(all) > 1:
		return 0, fmt.Errorf("%d thermometers in %s; name the one to believe", len(all), dir)
	}
	b, err := os.ReadFile(all[0])
	if err != nil {
		return 0, fmt.Errorf("reading the thermometer: %w", err)
	}
	if celsius, err = parseScratchpad(string(b)); err != nil {
		return 0, fmt.Errorf("reading the thermometer %s: %w", filepath.Base(filepath.Dir(all[0])), err)
	}
	return celsius, nil
}

// Datasheet DS18B20, Maxim 19-7487: the scratchpad has nine bytes, the last is the checksum. Temperatures are in 1/16 °C.
const (
	padSize    = 9
	padPowerOn = 85 * 16 // its value from power-on until the first measurement
	padHottest = 125 * 16
	padColdest = -55 * 16
)

// parseScratchpad reads the text of the kernel's w1_therm: the nine bytes in hex with YES or NO for the checksum, then the
// bytes again with the value. It computes both itself: a bus at ground reads as zeros with a valid checksum.
func parseScratchpad(text string) (float64, error) {
	line, _, _ := strings.Cut(text, "\n")
	bytes, verdict, found := strings.Cut(line, ":")
	pad, err := hex.DecodeString(strings.Join(strings.Fields(bytes), ""))
	switch {
	case !found || err != nil || len(pad) != padSize:
		return 0, errors.New("its answer is no scratchpad")
	case !strings.HasSuffix(strings.TrimSpace(verdict), "YES") || crc8(pad[:padSize-1]) != pad[padSize-1]:
		return 0, errors.New("its checksum is wrong: look at the wire and its 4.7 kΩ pull-up")
	case strings.Trim(string(pad), "\x00") == "":
		return 0, errors.New("it says nothing but zeros: its data wire lies at ground")
	}
	switch raw := int(int16(uint16(pad[0]) | uint16(pad[1])<<8)); {
	case raw == padPowerOn:
		return 0, errors.New("it says 85 °C, as it does before it has measured: its supply dips")
	case raw < padColdest || raw > padHottest:
		return 0, fmt.Errorf("it says %d °C, which it cannot measure", raw/16)
	default:
		return float64(raw) / 16, nil
	}
}

// crc8 is the 1-Wire bus's CRC: x⁸+x⁵+x⁴+1, lowest bit first.
func crc8(p []byte) (crc byte) {
	for _, b := range p {
		for range 8 {
			mix := (crc ^ b) & 1
			crc >>= 1
			if mix != 0 {
				crc ^= 0x8c
			}
			b >>= 1
		}
	}
	return crc
}
