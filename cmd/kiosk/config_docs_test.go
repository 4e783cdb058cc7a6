//go:build !sim

package main

import (
	"bytes"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
)

var update = flag.Bool("update", false, "renew what docs/config.md says of types, defaults and refusals")

const (
	keysPage    = "../../docs/config.md"
	shippedFile = "../../systemd/kiosk.toml"
)

// configKey is one key as the code has it.
type configKey struct {
	name string // pay.url, slot.fen
	kind string
	set  string // as a file sets it when nobody does, "" for nothing
}

var kinds = map[string]string{"string": "text", "int": "whole number", "int64": "whole number", "bool": "true or false", "float64": "number",
	"config.Duration": "time", "*bool": "true or false", "*int": "whole number", "*config.Duration": "time"}

// keysOf walks a config: every key that a file may name, in the order of the structs.
func keysOf(t *testing.T, at string, v reflect.Value) (keys []configKey) {
	t.Helper()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag := field.Tag.Get("toml")
		switch {
		case tag == "-": // no key of a file
			continue
		case tag == "":
			t.Errorf("%s.%s is in no file: give it a toml tag", v.Type(), field.Name)
		case field.Type.Kind() == reflect.Struct:
			keys = append(keys, keysOf(t, at+tag+".", v.Field(i))...)
			continue
		case field.Type.Kind() == reflect.Slice:
			keys = append(keys, keysOf(t, at+tag+".", reflect.New(field.Type.Elem()).Elem())...)
			continue
		}
		k := configKey{name: at + tag, kind: kinds[field.Type.String()]}
		if k.kind == "" {
			t.Errorf("%s is a %s: say in kinds what that is to a reader", k.name, field.Type)
		}
		if f := v.Field(i); f.Kind() == reflect.Pointer {
			k.set = "the board's own"
			if k.name == "slot.drop_least" {
				k.set = "`" + tomlOf(t, config.DropLeast) + "`"
			}
		} else if zero := f.IsZero(); !zero || k.kind != "text" {
			k.set = "`" + tomlOf(t, f.Interface()) + "`"
		}
		keys = append(keys, k)
	}
	return keys
}

// tomlOf is a value as a file says it.
func tomlOf(t *testing.T, v any) string {
	t.Helper()
	b, err := toml.Marshal(map[string]any{"x": v})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(b), "x = "))
	if d, ok := v.(config.Duration); ok { // Go says 5m0s
		text = fmt.Sprintf("'%ds'", time.Duration(d)/time.Second)
		if time.Duration(d) < time.Second {
			text = "'" + strings.ReplaceAll(time.Duration(d).String(), "µ", "u") + "'"
		} else if time.Duration(d)%time.Minute == 0 {
			text = fmt.Sprintf("'%dm'", time.Duration(d)/time.Minute)
		}
	}
	return strings.ReplaceAll(text, "'", `"`)
}

// least is a config that names nothing that it need not, for the real gateway, and the files that it and the page name.
type least struct{ dir string }

func aLeast(t *testing.T) least {
	t.Helper()
	l := least{t.TempDir()}
	own := rsaKey(t, 2048)
	cert := certificate(t, own, "1900000109", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(4, 0, 0))
	for name, text := range map[string]string{"apikey": ownKeyV3 + "\n", "token": rand.Text() + "\n", "alert": "https://example.com/robot?key=1\n", "merchant.pem": cert, "merchant-key.pem": privatePEM(t, own), "page.pem": cert,
		"page-key.pem": privatePEM(t, own), "rig-ca.pem": cert, "wechatpay-public-key.pem": publicPEM(t, &rsaKey(t, 2048).PublicKey)} {
		writeFile(t, filepath.Join(l.dir, name), text, 0o600)
	}
	return l
}

func (least) keys() map[string]any {
	return map[string]any{
		"kiosk": "K0042",
		"pay": map[string]any{"appid": "wx0000000000000000", "mchid": "1900000109", "key_file": "apikey", "cert_file": "merchant.pem",
			"cert_key_file": "merchant-key.pem", "notify_url": "https://example.com/notify/v2"},
		"slot": []any{map[string]any{"number": 1, "name": "可口可乐 330ml", "fen": 350, "key": "GPIO5", "motor": "GPIO17", "drop": "GPIO22"}},
	}
}

// place gives the table that a key stands in, and its name there.
func place(conf map[string]any, key string) (map[string]any, string) {
	table, name, nested := strings.Cut(key, ".")
	if !nested {
		return conf, key
	}
	if table == "slot" {
		return conf["slot"].([]any)[0].(map[string]any), name
	}
	if conf[table] == nil {
		conf[table] = map[string]any{}
	}
	return conf[table].(map[string]any), name
}

// with is a config in which these lines hold, such as `fen = 3`, `keys.service = "GPIO4"`, or `#fen` for one left out.
func (l least) with(t *testing.T, section string, lines []string) string {
	t.Helper()
	conf := l.keys()
	for _, line := range lines {
		if key, out := strings.CutPrefix(line, "#"); out {
			table, name := place(conf, section+key)
			if _, is := table[name]; !is {
				t.Errorf("%s: %s is not there to be left out", line, section+key)
			}
			delete(table, name)
			continue
		}
		said := map[string]any{}
		if err := toml.Unmarshal([]byte(line), &said); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		key, value := section, any(nil)
		for name, v := range said {
			key, value = section+name, v
			if inner, nested := v.(map[string]any); nested { // a key of another section
				for n, v := range inner {
					key, value = name+"."+n, v
				}
			}
		}
		table, name := place(conf, key)
		table[name] = value
	}
	b, err := toml.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, filepath.Join(l.dir, "kiosk.toml"), string(b), 0o644)
}

var lineNumber = regexp.MustCompile(`line \d+: `)

// refuses is what a person reads who starts a kiosk with a config; "" where it is taken.
func (l least) refuses(file string) string {
	conf, err := readConfig(file)
	if err == nil {
		err = checkFiles(&conf)
	}
	if err == nil {
		return ""
	}
	text := strings.TrimPrefix(config.OneLine(err), file+": ")
	return lineNumber.ReplaceAllString(strings.ReplaceAll(text, l.dir, "/etc/kiosk"), "line …: ")
}

// says is that, or what kiosk check finds where only the machine can tell.
func (l least) says(t *testing.T, file, key string) string {
	t.Helper()
	if text := l.refuses(file); text != "" {
		return text
	}
	conf, err := readConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	metal := doctor.Metal{Config: &conf}
	var found []doctor.Finding
	switch {
	case key == "display.port":
		found = metal.CheckPanel(false)
	case key == "scanner.port":
		found = metal.CheckScanner(t.Context())
	case key == "board.thermometer":
		found = metal.CheckThermometer()
	case key == "store.path":
		found = (&doctor.Checkup{Config: &conf}).CheckBook(t.Context())
	}
	for _, f := range found {
		if f.Verdict != doctor.OK {
			return strings.TrimRight(fmt.Sprintf("%-4s  %-12s  %s", f.Verdict, f.Part, f.Text), " ")
		}
	}
	return ""
}

// chapter is what the page has of one key.
type chapter struct {
	key   string
	lines []string
}

// chapters cuts the page at its keys; what stands before the first of a section belongs to none.
func chapters(t *testing.T) (all []chapter, page string) {
	t.Helper()
	b, err := os.ReadFile(keysPage)
	if err != nil {
		t.Fatal(err)
	}
	all = []chapter{{}}
	for line := range strings.Lines(whole(string(b))) {
		key, is := strings.CutPrefix(line, "### ")
		switch {
		case is:
			all = append(all, chapter{key: strings.TrimSpace(key)})
		case strings.HasPrefix(line, "## "):
			all = append(all, chapter{})
		}
		last := &all[len(all)-1]
		last.lines = append(last.lines, line)
	}
	return all, string(b)
}

var (
	continued = regexp.MustCompile(`(?m)^(- (?:Right|Wrong): .*)\n  (\S)`)
	breakable = regexp.MustCompile(`\S( )\S`)
)

const pageWidth = 130

// whole puts examples into one line each that the page has on several.
func whole(page string) string {
	for {
		joined := continued.ReplaceAllString(page, "$1 $2")
		if joined == page {
			return page
		}
		page = joined
	}
}

// broken is an example as the page has it: on as many lines as it needs. A line ends only at a single space.
func broken(line string) string {
	for at := breakable.FindAllStringSubmatchIndex(line, -1); utf8.RuneCountInString(line) > pageWidth; at = at[:len(at)-1] {
		if len(at) == 0 {
			return line
		}
		if i := at[len(at)-1][2]; i > len("- Wrong: ") && utf8.RuneCountInString(line[:i]) <= pageWidth {
			return line[:i] + "\n" + broken("  "+line[i+1:])
		}
	}
	return line
}

func section(key string) string {
	table, _, nested := strings.Cut(key, ".")
	if !nested {
		return ""
	}
	return table + "."
}

// required tells whether the kiosk refuses a config without a key.
func (l least) required(t *testing.T, key string) bool {
	t.Helper()
	table, name := place(l.keys(), key)
	if _, is := table[name]; !is {
		return false
	}
	return l.refuses(l.with(t, section(key), []string{"#" + strings.TrimPrefix(key, section(key))})) != ""
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	example = regexp.MustCompile("^- (Right|Wrong): (`[^`]+`(?: with `[^`]+`)*)(?: →(.*))?\n$")
)

// anew writes a chapter as the code has it, and tells what no -update can mend.
func (l least) anew(t *testing.T, c chapter, k configKey) (out []string) {
	t.Helper()
	right, wrong := 0, 0
	for i, line := range c.lines {
		m := example.FindStringSubmatch(line)
		switch {
		case i == 1:
			_, allowed, ok := strings.Cut(line, " · allowed: ")
			if !ok || strings.TrimSpace(allowed) == "" {
				t.Errorf("%s: the line under its name does not say what is allowed", k.name)
			}
			holds := "no default"
			switch {
			case l.required(t, k.name):
				holds = "required"
			case k.set != "":
				holds = "default " + k.set
			}
			line = k.kind + " · " + holds + " · allowed: " + allowed
		case m == nil && strings.HasPrefix(line, "- "):
			t.Errorf("%s: %q is no example that can be tried", k.name, line)
		case m != nil:
			var said []string
			for _, s := range quoted.FindAllStringSubmatch(m[2], -1) {
				said = append(said, s[1])
			}
			if !strings.HasPrefix(strings.TrimPrefix(said[0], "#")+" ", strings.TrimPrefix(k.name, section(k.name))+" ") {
				t.Errorf("%s: %q is an example of another key", k.name, said[0])
			}
			file := l.with(t, section(k.name), said)
			if m[1] == "Right" {
				right++
				if says := l.refuses(file); says != "" {
					t.Errorf("%s: the page says that %v is right, the kiosk says %q", k.name, said, says)
				}
				break
			}
			says := l.says(t, file, k.name)
			if wrong++; says == "" {
				t.Errorf("%s: the page says that %v is wrong, the kiosk takes it", k.name, said)
			}
			line = "- Wrong: " + m[2] + " → `" + says + "`\n"
		}
		if m != nil {
			line = broken(strings.TrimSuffix(line, "\n")) + "\n"
		}
		out = append(out, line)
	}
	if right == 0 || wrong == 0 {
		t.Errorf("%s: %d examples are right and %d wrong: a reader wants one of each", k.name, right, wrong)
	}
	return out
}

// effective are the defaults as a config has them that names nothing it need not.
func (l least) effective(t *testing.T) []configKey {
	t.Helper()
	c, err := readConfig(l.with(t, "", nil))
	if err != nil {
		t.Fatal(err)
	}
	before := config.Defaults()
	was := keysOf(t, "", reflect.ValueOf(before))
	for i, k := range keysOf(t, "", reflect.ValueOf(c)) {
		if was[i].set == "" || k.name == "pay.standby_url" || k.name == "display.speed" {
			was[i].set = k.set // only known once the rest of the file is
		}
	}
	return was
}

func TestEveryKeyIsOnItsPage(t *testing.T) {
	l := aLeast(t)
	keys := l.effective(t)
	pages, was := chapters(t)
	var now strings.Builder
	seen := map[string]bool{}
	for _, c := range pages {
		i := slices.IndexFunc(keys, func(k configKey) bool { return k.name == c.key })
		switch {
		case c.key == "":
		case seen[c.key]:
			t.Errorf("docs/config.md has %s twice", c.key)
		case i < 0:
			t.Errorf("docs/config.md has %s, which the kiosk does not know: take it out", c.key)
		default:
			seen[c.key] = true
			c.lines = l.anew(t, c, keys[i])
		}
		now.WriteString(strings.Join(c.lines, ""))
	}
	for _, k := range keys {
		if !seen[k.name] {
			t.Errorf("docs/config.md lacks %s: add \"### %[1]s\" with its line, what it does, one example that is right and one that is wrong", k.name)
		}
	}
	if len(keys) < 60 {
		t.Fatalf("only %d keys seen", len(keys))
	}
	if now.String() == was {
		return
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(keysPage, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	is, differ := strings.Split(was, "\n"), 0
	for i, line := range strings.Split(now.String(), "\n") {
		old := ""
		if i < len(is) {
			old = is[i]
		}
		if old == line {
			continue
		}
		if differ++; differ <= 5 {
			t.Errorf("docs/config.md line %d: %q\nthe kiosk has %q", i+1, old, line)
		}
	}
	t.Errorf("%d lines of docs/config.md are not as the kiosk has them: read the change, then go test ./cmd/kiosk -run EveryKey -update", differ)
}

var keyLine = regexp.MustCompile(`^(#?)([a-z_0-9]+) = `)

// shipped gives the lines of the example config that set a key, each with the key and whether it is commented out.
func shipped(t *testing.T) (text []string, keys map[int]string, asleep map[int]bool) {
	t.Helper()
	b, err := os.ReadFile(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	text, keys, asleep = strings.Split(string(b), "\n"), map[int]string{}, map[int]bool{}
	at := ""
	for i, line := range text {
		if name, is := strings.CutPrefix(strings.TrimPrefix(line, "#"), "["); is && !strings.HasPrefix(line, "# ") {
			at = strings.Trim(name, "[]") + "."
			if strings.HasPrefix(line, "#") {
				text[i] = strings.TrimPrefix(line, "#")
			}
		}
		if m := keyLine.FindStringSubmatch(line); m != nil {
			keys[i], asleep[i] = at+m[2], m[1] != ""
		}
	}
	return text, keys, asleep
}

func TestTheShippedConfigNamesEveryKeyAndItsDefault(t *testing.T) {
	l := aLeast(t)
	lines, at, asleep := shipped(t)
	var file, page []string
	for i := range lines {
		if at[i] != "" {
			file = append(file, at[i])
		}
	}
	all, _ := chapters(t)
	for _, c := range all {
		if c.key != "" {
			page = append(page, c.key)
		}
	}
	for _, key := range page {
		if !slices.Contains(file, key) {
			t.Errorf("systemd/kiosk.toml does not name %s: explain it there, behind a # where it has no default", key)
		}
	}
	for _, key := range file {
		if !slices.Contains(page, key) {
			t.Errorf("systemd/kiosk.toml names %s, which is no key", key)
		}
	}
	// What stands there without a "#" is the default, unless the owner must say it.
	c, err := readConfig(l.with(t, "", nil))
	if err != nil {
		t.Fatal(err)
	}
	defaultOf := map[string]string{}
	for _, k := range keysOf(t, "", reflect.ValueOf(c)) {
		defaultOf[k.name] = strings.Trim(k.set, "`")
	}
	for i, key := range at {
		_, value, _ := strings.Cut(lines[i], " = ")
		if asleep[i] || strings.HasPrefix(key, "slot.") || l.required(t, key) || key == "status.listen" {
			continue
		}
		if got := strings.Trim(defaultOf[key], `"`); got != strings.Trim(value, `"`) && !(got == "1" && value == "1.0") {
			t.Errorf("systemd/kiosk.toml says %s = %s, and the default is %s", key, value, defaultOf[key])
		}
	}
}

// Whoever takes a "#" away in the shipped config gets something that the kiosk understands.
func TestTheShippedConfigsExamplesAreTaken(t *testing.T) {
	l := aLeast(t)
	lines, at, asleep := shipped(t)
	read := func(what string, wake func(key string) bool, drop ...string) {
		t.Helper()
		text := slices.Clone(lines)
		for i, key := range at {
			switch {
			case slices.Contains(drop, key):
				text[i] = ""
			case asleep[i] && wake(key):
				text[i] = strings.TrimPrefix(text[i], "#")
			}
		}
		if err := toml.NewDecoder(bytes.NewReader([]byte(strings.Join(text, "\n")))).DisallowUnknownFields().Decode(&config.Config{}); err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		file := writeFile(t, filepath.Join(l.dir, "kiosk.toml"), strings.Join(text, "\n"), 0o644)
		if _, err := readConfig(file); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	read("as it is", func(string) bool { return false })
	together := [][]string{{"status.cert_file", "status.key_file", "status.plain_listen"}, {"pay.wechatpay_public_key_id", "pay.wechatpay_public_key_file"}}
	tried := 0
	for i, key := range at {
		if !asleep[i] {
			continue
		}
		tried++
		group := []string{key}
		for _, g := range together {
			if slices.Contains(g, key) {
				group = g
			}
		}
		var instead []string
		if key == "slot.lock" {
			instead = []string{"slot.motor", "slot.home"}
		}
		read(key+" taken from behind its #", func(k string) bool { return slices.Contains(group, k) }, instead...)
	}
	if tried < 15 {
		t.Errorf("only %d examples seen", tried)
	}
	// An address and a file that holds one are two ways to say the same.
	read("all of them but the lock", func(key string) bool { return key != "slot.lock" && key != "alert.url" })
	read("all of them with the lock", func(key string) bool { return key != "alert.url" }, "slot.motor", "slot.home")
}

// The service has credentials; root, who asks with kiosk check, has the folder that they come from.
func TestANameIsLookedForWhereSecretsAre(t *testing.T) {
	dir := t.TempDir()
	c := config.Config{File: filepath.Join(dir, "kiosk.toml")}
	handed := filepath.Join(dir, "handed")
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	beside := filepath.Join(dir, "apikey")
	if got := c.ResolvePath("apikey"); got != beside {
		t.Errorf("one that is nowhere is said to be missing at %s", got)
	}
	kept := writeFile(t, filepath.Join(dir, "secret", "apikey"), "k", 0o600)
	if got := c.ResolvePath("apikey"); got != kept {
		t.Errorf("root's check looks at %s", got)
	}
	writeFile(t, beside, "k", 0o600)
	if got := c.ResolvePath("apikey"); got != beside {
		t.Errorf("one beside the config is looked for at %s", got)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", handed)
	if got := c.ResolvePath("apikey"); got != beside {
		t.Errorf("a service without that credential looks at %s", got)
	}
	credential := writeFile(t, filepath.Join(handed, "apikey"), "k", 0o600)
	if got := c.ResolvePath("apikey"); got != credential {
		t.Errorf("the service looks at %s", got)
	}
	if got := c.ResolvePath("/elsewhere/apikey"); got != "/elsewhere/apikey" {
		t.Errorf("a whole name is looked for at %s", got)
	}
}
