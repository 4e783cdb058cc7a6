package house_test

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

const installPage = "docs/install.md"

// header is the Raspberry Pi's, from pin 1 on.
var header = strings.Fields(`3V3 5V GPIO2 5V GPIO3 GND GPIO4 GPIO14 GND GPIO15 GPIO17 GPIO18 GPIO27 GND GPIO22 GPIO23 3V3 GPIO24 GPIO10 GND
	GPIO9 GPIO25 GPIO11 GPIO8 GND GPIO7 GPIO0 GPIO1 GPIO5 GND GPIO6 GPIO12 GPIO13 GND GPIO19 GPIO16 GPIO26 GPIO20 GND GPIO21`)

// lines are the pins of the bus and the serial line that the page's config goes by.
var lines = map[string][]string{"display.port": {"GPIO8", "GPIO9", "GPIO10", "GPIO11"}, "scanner.port": {"GPIO14", "GPIO15"}}

// wire is a row of the page's table.
type wire struct {
	pin           int
	name, key, to string
}

func installText(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(installPage)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var wireRow = regexp.MustCompile(`(?m)^\| (\d+) \| (\w+) \| ([a-z_.]*) ?\| (.+) \|$`)

func wiresOf(t *testing.T, page string) (all []wire) {
	t.Helper()
	for _, m := range wireRow.FindAllStringSubmatch(page, -1) {
		pin, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, wire{pin, m[2], m[3], m[4]})
	}
	if len(all) < 20 {
		t.Fatalf("only %d rows of wiring seen", len(all))
	}
	return all
}

// flat is a config as key and value: slot.key, display.dc.
func flat(t *testing.T, text string) map[string]any {
	t.Helper()
	tree := map[string]any{}
	if err := toml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for name, v := range tree {
		if slots, is := v.([]any); is {
			v = slots[0]
		}
		table, is := v.(map[string]any)
		if !is {
			out[name] = v
			continue
		}
		for key, v := range table {
			out[name+"."+key] = v
		}
	}
	return out
}

// heredoc is what a command of the page writes into a file.
func heredoc(t *testing.T, page, file string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, file+" >/dev/null <<'EOF'\n")
	text, _, whole := strings.Cut(rest, "\nEOF\n")
	if !found || !whole {
		t.Fatalf("the page writes no %s", file)
	}
	return text
}

var isPin = regexp.MustCompile(`^GPIO\d+$`)

// pageConfig is the page's whole config over the shipped one's defaults: its pins by their keys.
func pageConfig(t *testing.T, page string) (pins map[string]string) {
	t.Helper()
	shipped, err := os.ReadFile("systemd/kiosk.toml")
	if err != nil {
		t.Fatal(err)
	}
	own := flat(t, heredoc(t, page, "/etc/kiosk/kiosk.toml"))
	pins = map[string]string{}
	for key, v := range flat(t, string(shipped)) {
		if strings.HasPrefix(key, "display.") && isPin.MatchString(fmt.Sprint(v)) {
			pins[key] = fmt.Sprint(v) // the page leaves the panel's pins to their defaults
		}
	}
	for key, v := range own {
		if isPin.MatchString(fmt.Sprint(v)) {
			pins[key] = fmt.Sprint(v)
		}
	}
	// What the shipped config names, as a default or behind a "#", hangs on the same pin here.
	for _, m := range regexp.MustCompile(`(?m)^#?(\w+) = "(GPIO\d+)"`).FindAllStringSubmatch(string(shipped), -1) {
		for key, pin := range pins {
			if strings.HasSuffix(key, "."+m[1]) && pin != m[2] && m[1] != "lock" {
				t.Errorf("the page's %s is %s, systemd/kiosk.toml's is %s", key, pin, m[2])
			}
		}
	}
	return pins
}

func TestTheWiringTableIsTheConfigs(t *testing.T) {
	page := installText(t)
	rows, pins := wiresOf(t, page), pageConfig(t, page)
	drawn := map[string]bool{} // key and pin
	for i, w := range rows {
		switch {
		case w.pin < 1 || w.pin > len(header) || header[w.pin-1] != w.name:
			t.Errorf("pin %d is not %s", w.pin, w.name)
		case i > 0 && rows[i-1].pin >= w.pin:
			t.Errorf("pin %d stands after pin %d", w.pin, rows[i-1].pin)
		case !strings.HasPrefix(w.name, "GPIO"):
			if w.key != "" {
				t.Errorf("pin %d, %s, is %s's", w.pin, w.name, w.key)
			}
			continue
		case lines[w.key] == nil && pins[w.key] != w.name, lines[w.key] != nil && !slices.Contains(lines[w.key], w.name):
			t.Errorf("pin %d is wired as %s, which the config has on %q", w.pin, w.key, pins[w.key])
		}
		drawn[w.key+" "+w.name] = true
	}
	for key, pin := range pins {
		if !drawn[key+" "+pin] {
			t.Errorf("%s = %s is wired nowhere", key, pin)
		}
	}
	for key, many := range lines {
		for _, pin := range many {
			if !drawn[key+" "+pin] {
				t.Errorf("%s of %s is wired nowhere", pin, key)
			}
		}
	}
	if len(pins) < 12 {
		t.Errorf("only %d pins seen in the config", len(pins))
	}
}

// outputs are what must be low while the board starts.
var outputs = []string{"slot.motor", "slot.lock", "slot.emitter", "keys.buzzer", "keys.light", "display.backlight"}

func TestTheBoardsPinsAreSafeBeforeLinuxRuns(t *testing.T) {
	page := installText(t)
	low, up := []string{}, []string{}
	for key, pin := range pageConfig(t, page) {
		switch {
		case slices.Contains(outputs, key):
			low = append(low, pin)
		case !strings.HasPrefix(key, "display."):
			up = append(up, pin)
		}
	}
	said := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^gpio=([\d,]+)=(\S+)$`).FindAllStringSubmatch(heredoc(t, page, "/boot/firmware/config.txt"), -1) {
		for n := range strings.SplitSeq(m[1], ",") {
			said[m[2]] = append(said[m[2]], "GPIO"+n)
		}
	}
	for how, want := range map[string][]string{"op,dl": low, "ip,pu": up} {
		slices.Sort(want)
		slices.Sort(said[how])
		if !slices.Equal(want, said[how]) {
			t.Errorf("config.txt says %s for %v, the config wants it for %v", how, said[how], want)
		}
	}
}

// The drawing is made from the table: the two cannot disagree.
func TestTheDrawingIsTheWiringTable(t *testing.T) {
	const file = "docs/install.svg"
	want := drawHeader(wiresOf(t, installText(t)))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s is not drawn from the table (%v): go test ./house -run Drawing -update", file, err)
	}
}

// paints say what a pin is for: nothing is told by the colour alone.
var paints = []struct{ prefix, fill, mark string }{
	{"display.", "#cfe3f7", ""}, {"scanner.", "#d5ecd5", ""}, {"slot.motor", "#ffd9a8", "▸"}, {"slot.emitter", "#ffd9a8", "▸"}, {"keys.buzzer", "#ffd9a8", "▸"},
	{"keys.light", "#ffd9a8", "▸"}, {"", "#e4dcf5", ""},
}

func drawHeader(rows []wire) string {
	const wide, top, row, left, right = 900, 96, 50, 338, 562
	by := map[int]wire{}
	for _, w := range rows {
		by[w.pin] = w
	}
	high := top + row*len(header)/2 + 172
	var b strings.Builder
	say := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	text := func(x, y, size int, anchor, style, s string) {
		say(`<text x="%d" y="%d" font-size="%d" text-anchor="%s"%s>%s</text>`, x, y, size, anchor, style, html.EscapeString(s))
	}
	say(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Arial, Helvetica, sans-serif" fill="#1b2733">`, wide, high)
	say(`<rect width="%d" height="%d" fill="#ffffff"/>`, wide, high)
	say(`<rect x="%d" y="%d" width="%d" height="%d" rx="14" fill="#f4f6f8" stroke="#b8c4cf" stroke-width="2"/>`, left-16, top-24, right-left+32, row*len(header)/2+10)
	text(wide/2, 34, 24, "middle", ` font-weight="bold"`, "the end away from the USB sockets: pin 1")
	text(left-30, 62, 20, "end", ` fill="#5a6773"`, "towards the board's middle")
	text(right+30, 62, 20, "start", ` fill="#5a6773"`, "the board's edge")
	for i, name := range header {
		pin, w := i+1, by[i+1]
		x, anchor, out, inner, number := left, "end", left-30, left+8, (left+right)/2-8
		towards := map[string]string{"end": "start", "start": "end"}
		if pin%2 == 0 {
			x, anchor, out, inner, number = (left+right)/2+2, "start", right+30, right-8, (left+right)/2+10
		}
		y := top + i/2*row
		fill, ink, mark := "#ffffff", "#8a96a1", ""
		switch {
		case w.pin != 0 && name == "GND":
			fill, ink = "#3a4651", "#ffffff"
		case w.pin != 0 && w.key == "":
			fill, ink = "#f5c6c2", "#1b2733"
		case w.pin != 0:
			for _, p := range paints {
				if strings.HasPrefix(w.key, p.prefix) {
					fill, ink, mark = p.fill, "#1b2733", p.mark
					break
				}
			}
		}
		say(`<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="#8a96a1"/>`, x, y-18, (right-left)/2-2, row-8, fill)
		style := fmt.Sprintf(` fill="%s"`, ink)
		text(inner, y+10, 20, towards[anchor], style, name)
		text(number, y+9, 16, anchor, style, strconv.Itoa(pin))
		if w.pin == 0 {
			continue
		}
		from, to := left, left-24
		if pin%2 == 0 {
			from, to = right, right+24
		}
		say(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#1b2733" stroke-width="2.5"/>`, from, y+3, to, y+3)
		if mark != "" {
			w.to = map[bool]string{true: mark + " " + w.to, false: w.to + " " + mirrored[mark]}[pin%2 == 0]
		}
		text(out, y+11, 25, anchor, "", w.to)
	}
	foot := top + row*len(header)/2 + 26
	text(wide/2, foot, 24, "middle", ` font-weight="bold"`, "the end with the USB and network sockets")
	for i, line := range []string{
		"▸ and ◂: an output. A driver that is on while its input is high,",
		"with 10 kΩ from that input to ground. Never a motor itself.",
		"Keys, switches and the light barrier connect their pin to ground.",
	} {
		text(wide/2, foot+46+34*i, 24, "middle", "", line)
	}
	say(`</svg>`)
	return b.String()
}

var mirrored = map[string]string{"▸": "◂"}

// What the page shows of kiosk check, and what it says to do about a line, is what the kiosk says.
func TestWhatThePageShowsOfCheckIsSaid(t *testing.T) {
	source := sourceText(t, "cmd/kiosk", "cmd/kiosk/config", "cmd/kiosk/doctor", "hw", "display", "store", "status")
	page := installText(t)
	_, after, _ := strings.Cut(page, "```text check\n")
	sample, rest, _ := strings.Cut(after, "```")
	table, _, _ := strings.Cut(rest, "\n## ")
	var said []string
	for line := range strings.Lines(sample) {
		said = append(said, strings.TrimSpace(line[6:18]), strings.TrimSpace(line[20:]))
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		part, text, found := strings.Cut(m[1], ": ")
		if !found {
			text = part
		}
		said = append(said, part, text)
	}
	for _, m := range regexp.MustCompile("(?m)`([^`]+)` · `([^`]+)`").FindAllStringSubmatch(page, -1) { // of the technician's page
		said = append(said, m[1], m[2])
	}
	if len(said) < 65 {
		t.Fatalf("only %d pieces of what kiosk check says seen", len(said))
	}
	for _, text := range said {
		for _, piece := range varies.Split(text, -1) {
			if piece = strings.Trim(piece, " "); len(piece) > 3 && !strings.Contains(source, piece) {
				t.Errorf("nobody says %q", piece)
			}
		}
	}
}

// varies is what differs from machine to machine, and where two texts meet.
var varies = regexp.MustCompile(`…|/\S+|\d+(\.\d+)?|, `)

var joint = regexp.MustCompile(`" \+\s+"`)

// sourceText is all that these rooms may say: their sources and their sub-rooms', with texts put together that were broken for their length.
func sourceText(t *testing.T, rooms ...string) string {
	t.Helper()
	var all strings.Builder
	for _, room := range rooms {
		files := 0
		err := filepath.WalkDir(room, func(f string, d os.DirEntry, err error) error {
			said := strings.HasSuffix(f, ".go") && !strings.HasSuffix(f, "_test.go") || d.Name() == "words.toml"
			if err != nil || d.IsDir() || !said {
				return err
			}
			files++
			b, err := os.ReadFile(f)
			all.WriteString(strings.NewReplacer(`\"`, `"`, `%v`, "…", `%s`, "…", `%d`, "…").Replace(joint.ReplaceAllString(string(b), "")))
			return err
		})
		if err != nil || files == 0 {
			t.Fatalf("%s: %d files, %v", room, files, err)
		}
	}
	return all.String()
}

// A newcomer finds every target in the README, and none that is not there.
func TestTheReadmeNamesEveryTarget(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	readme := read("README.md")
	targets := strings.Fields(regexp.MustCompile(`(?m)^\.PHONY: (run .*)$`).FindStringSubmatch(read("Makefile"))[1])
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("make ([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		if named[m[1]] = true; !slices.Contains(targets, m[1]) {
			t.Errorf("README.md says make %s, which the Makefile does not have", m[1])
		}
	}
	for _, target := range targets {
		if !named[target] && target != "deps" && target != "clean" {
			t.Errorf("README.md does not say what make %s does", target)
		}
	}
}

// systemd reads a unit's file only when it is told to: between such a file and the next start stands a daemon-reload.
func TestThePageReloadsSystemdBeforeItStartsWhatItChanged(t *testing.T) {
	t.Parallel()
	changed, reloads := 0, 0
	for _, b := range boxesOf(t, installText(t)) {
		for line := range strings.Lines(b.text) {
			switch {
			case strings.Contains(line, "/etc/systemd/system/"):
				changed = b.line
			case strings.Contains(line, "daemon-reload"):
				reloads++
				changed = 0
			case strings.Contains(line, "systemctl restart kiosk") && changed != 0:
				t.Errorf("%s line %d restarts the kiosk, and nobody told systemd of the file that line %d wrote", installPage, b.line, changed)
			}
		}
	}
	if changed != 0 {
		t.Errorf("%s line %d writes a unit's file that nothing reloads", installPage, changed)
	}
	if reloads < 2 {
		t.Errorf("only %d reloads seen", reloads)
	}
}
