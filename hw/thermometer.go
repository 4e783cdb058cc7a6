package hw

import (
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

// OneWire is where the kernel shows the thermometers of its one-wire bus (dtoverlay=w1-gpio).
const OneWire = "/sys/bus/w1/devices"

const (
	measureInterval = 30 * time.Second
	staleAfter      = 3 * time.Minute
)

// Thermometer is a DS18B20 in the goods' compartment. A value is believed only with its checksum, and only
// while it is fresh.
type Thermometer struct {
	Dir    string             // where the bus is ["/sys/bus/w1/devices"]
	ID     string             // which one, such as 28-0316a2794bff; "": the only one
	Health func(fault string) // why there is no temperature, "" when there is one again; from Run; nil is not called

	mu      sync.Mutex
	celsius float64
	at      time.Time
}

// Celsius is the newest temperature; false when there has been none for three minutes.
func (t *Thermometer) Celsius() (float64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.IsZero() || time.Since(t.at) > staleAfter {
		return 0, false
	}
	return t.celsius, true
}

// Run reads it every half minute until ctx ends. One bad reading is no fault; three minutes without a good
// one are. A read takes most of a second in the kernel.
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

// Measure asks it now.
func (t *Thermometer) Measure() (celsius float64, err error) {
	dir := t.Dir
	if dir == "" {
		dir = OneWire
	}
	id := t.ID
	if id == "" {
		id = "28-*"
	}
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

// Datasheet DS18B20, Maxim 19-7487: the scratchpad's nine bytes, of which the last is the checksum.
const (
	padSize    = 9
	padPowerOn = 85 * 16 // sixteenths: what it says after power-on, before it has measured
	padHottest = 125 * 16
	padColdest = -55 * 16
)

// parseScratchpad reads what the kernel's w1_therm shows: the nine bytes in hex, its own word on the checksum, and the bytes
// again with the value.
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

// crc8 is the bus's checksum: x⁸+x⁵+x⁴+1, the lowest bit first.
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
