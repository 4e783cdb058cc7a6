package evidence

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/record"
	"kiosk/sale"
)

func TestNoBundleIsLargerThanMayBeSent(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 2*(filePart+filePart/slack))
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	conf := config.Defaults()
	e := NewBundle(&conf, "", "kiosk test", "none")
	e.Recording = noise
	e.addMember(inLog, lastLines(bytes.Repeat(noise[:1<<20], 2)))
	e.addNewest(inAlarms, 1000, func(n int) ([]byte, error) { return noise[:n<<12], nil })
	var out bytes.Buffer
	if err := e.Write(t.Context(), &out); err != nil || out.Len() > 8<<20 {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
}

func TestTheBundleTellsNoRobotsKeyWhereverItStands(t *testing.T) {
	t.Parallel()
	keys := map[string]string{
		"a UUID in the path":  "https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d-4e5f-6789-abcd-ef0123456789",
		"a word in the path":  "https://hooks.example/services/hush-hush",
		"a word in the query": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hush-hush&x=1",
		"a word before the @": "https://kiosk:hush-hush@robot.example/",
	}
	for name, address := range keys {
		for _, filed := range []bool{false, true} {
			conf := config.Defaults()
			dir := t.TempDir()
			conf.File = filepath.Join(dir, "kiosk.toml")
			if conf.Alert.URL = address; filed {
				writeFile(t, filepath.Join(dir, "robot"), address+"\n", 0o600)
				conf.Alert.URL, conf.Alert.URLFile = "", "robot"
			}
			conf.Pay.NotifyURL, conf.Pay.StandbyURL = "https://pay.example/of/hush-hush", "https://proxy.example/hush-hush"
			e := NewBundle(&conf, address, "kiosk test", "none")
			e.AddNote(errors.New("the post to " + address + " failed"))
			e.addMember(inLog, []byte("Post "+strings.TrimPrefix(address, "https:")+": refused\n"))
			e.addJSON(inShop, map[string]string{"at": address})
			var out bytes.Buffer
			if err := e.Write(t.Context(), &out); err != nil {
				t.Fatal(err)
			}
			members := opens(t, out.Bytes())
			for member, text := range members {
				for _, key := range []string{"hush", "0a1b2c3d"} {
					if strings.Contains(text, key) {
						t.Errorf("%s, filed %v: whoever reads %s can write to the owner's group: %.300s", name, filed, member, text)
					}
				}
			}
			if text := members[inConfig]; !strings.Contains(text, "https://pay.example/…") || !filed && !strings.Contains(text, "/…'") {
				t.Errorf("nobody sees whom the config speaks to: %s", text)
			}
		}
	}
}

// A member that is cut in mid-text is read by nobody.
func TestABundleIsCutBetweenEntriesAndSaysSo(t *testing.T) {
	t.Parallel()
	conf := config.Defaults()
	e := NewBundle(&conf, "", "kiosk test", "none")
	long := strings.Repeat("长", 400)
	e.Orders = func(context.Context, int, string) (out []sale.Entry, _ error) {
		for i := range 300 {
			out = append(out, sale.Entry{Order: sale.Order{No: sale.No(fmt.Sprintf("K0042-%06d", 300-i)), State: sale.Owed, Note: long, Name: long}})
		}
		return out, nil
	}
	e.Alarms = func(context.Context, int) (out []sale.Alarm, _ error) {
		for i := range 300 {
			out = append(out, sale.Alarm{Slot: sale.Slot(300 - i), Text: long})
		}
		return out, nil
	}
	e.addMember(inLog, lastLines([]byte(strings.Repeat(strings.Repeat("x ", 49)+"x\n", 4000)+"the end\n")))
	var out bytes.Buffer
	if err := e.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	members := opens(t, out.Bytes())
	var orders, alarms []map[string]any
	for name, into := range map[string]*[]map[string]any{inOrders: &orders, inAlarms: &alarms} {
		text := members[name]
		if err := json.Unmarshal([]byte(text), into); err != nil || len(text) > bundleBytes || len(text) < bundleBytes/2 {
			t.Errorf("%s, %d bytes: %v", name, len(text), err)
		}
		if says := fmt.Sprintf("%s: the newest %d of 300", name, len(*into)); !strings.Contains(members[inManifest], says) {
			t.Errorf("nobody is told %q: %s", says, members[inManifest])
		}
	}
	if len(orders) == 0 || orders[0]["no"] != "K0042-000300" {
		t.Errorf("it is not the newest that are kept: %.200s", members[inOrders])
	}
	if log := members[inLog]; len(log) > bundleBytes || !strings.HasSuffix(log, "the end\n") || strings.IndexByte(log, '\n') != 99 {
		t.Errorf("%d bytes of the log, which begins in mid-line or lacks its end", len(log))
	}
}

func TestWhatLooksLikeASecretLeavesNoMachine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"url = 'https://anna:hush@robot.example/send?key=693a91f6-7aoc'": "url = 'https://…@robot.example/send?…'",
		"key_file = '0123456789abcdefghijKLMNOPQRSTUV'":                  "key_file = '…'",
		"key_file = '/etc/kiosk/apikey'":                                 "key_file = '/etc/kiosk/apikey'",
		"notify_url = 'https://pay.example/notify/v3'":                   "notify_url = 'https://pay.example/notify/v3'",
		"read 134650720866361395 twice":                                  "read … twice",
		`"transaction_id":"4200001234202611210123456789"`:                `"transaction_id":"4200001234202611210123456789"`,
		"from oUpF8uMuAJO_M2pxb1Q9zNjWeS6o":                              "from …",
		"-----BEGIN PRIVATE KEY-----\nMIIEvg\n-----END PRIVATE KEY-----": "…",
		`"no":"K0042-000001ABCDEFGHIJKLMNOPQ"`:                           `"no":"K0042-000001ABCDEFGHIJKLMNOPQ"`,
		"hook/0a1b2c3d-4e5f-6789-abcd-ef0123456789":                      "hook/…",
	} {
		if got := string(redact([]byte(text))); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// opens reads every member of a bundle.
func opens(t *testing.T, bundle []byte) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(bundle))
	if err != nil {
		t.Fatal(err)
	}
	members, r := map[string]string{}, tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		members[h.Name] = string(text)
	}
}

// aRecording is one of the recordings that every version must replay.
func aRecording(tb testing.TB) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "record", "testdata", "recordings", "clerk.jsonl"))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestATapeKeepsItsEndAndALineThatACrashTore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	line := []byte(strings.Repeat("x", 1<<16) + "\n")
	tp := &Recording{Dir: dir}
	if tp.Put(line, false) {
		t.Error("a tape begins where no replay may")
	}
	turns := 0
	for i := range 400 {
		if !tp.Put(line, i == 0 || tp.Full()) {
			t.Fatalf("line %d was not taken", i)
		}
		if info, err := os.Stat(filepath.Join(dir, fullFile)); err == nil && info.Size() >= filePart {
			turns++
		}
	}
	if b, err := tp.Read(); err != nil || turns == 0 || len(b) < filePart || len(b) > 2*(filePart+len(line)) {
		t.Errorf("%d bytes are kept after %d turns: %v", len(b), turns, err)
	}
	if n := tp.old.Len() + tp.new.Len(); n > 2*(memoryPart+len(line)) {
		t.Errorf("%d bytes are kept in memory", n)
	}
	for tp.Put(line, false) { // the shop is too busy to begin anew
	}
	if tp.size > filePart+filePart/slack || !tp.Full() {
		t.Errorf("a part grew to %d", tp.size)
	}
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	writeFile(t, filepath.Join(dir, RecordingFile), `{"n":1,"torn`, 0o600)
	next := &Recording{Dir: dir}
	next.Put([]byte("{}\n"), true)
	if b, err := next.Read(); err != nil || string(b) != `{"n":1,"torn`+"\n{}\n" {
		t.Errorf("%q, %v", b, err)
	}
	_ = next.Close()
}

func TestADiskThatTakesNothingLeavesTheRecordingInMemory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gone")
	var said []string
	tp := &Recording{Dir: dir, Log: func(line string) { said = append(said, line) }}
	for range 3 {
		if !tp.Put([]byte("kept\n"), true) {
			t.Fatal("nobody kept it")
		}
	}
	if b, err := tp.Read(); err != nil || string(b) != "kept\nkept\nkept\n" || len(said) != 1 {
		t.Errorf("%q, %v; it was told %q", b, err, said)
	}
	if tp.Full() {
		t.Error("the disk is tried again at once")
	}
	tp.tried = tp.tried.Add(-diskRetry)
	if !tp.Full() {
		t.Error("the disk is never tried again")
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tp.Put([]byte("on disk\n"), true)
	if b, err := tp.Read(); err != nil || string(b) != "on disk\n" {
		t.Errorf("%q, %v", b, err)
	}
	_ = tp.Close()
}

func TestTheLogKeepsItsEnd(t *testing.T) {
	t.Parallel()
	l := &Log{}
	for range mostLines {
		_, _ = l.Write([]byte("old\n"))
	}
	_, _ = l.Write([]byte(strings.Repeat("x", 10_000) + "\n"))
	_, _ = l.Write([]byte("new"))
	if text := string(l.Text()); strings.Count(text, "\n") != mostLines || !strings.HasSuffix(text, "x\nnew\n") || len(text) > 10_000 {
		t.Errorf("%d bytes in %d lines", len(text), strings.Count(text, "\n"))
	}
}

func packed(tb testing.TB, members ...member) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := packMembers(&out, time.Unix(1_800_000_000, 0), members); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsNoBundleIsToldInOneLine(t *testing.T) {
	t.Parallel()
	recording := aRecording(t)
	good := packed(t, member{inManifest, []byte(`{"form":1}`)}, member{inRecording, recording})
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		bytes []byte
		says  string
	}{
		"nothing":       {nil, "no bundle"},
		"a picture":     {[]byte("\x89PNG\r\n"), "no bundle"},
		"another form":  {packed(t, member{inManifest, []byte(`{"form":2,"program":"kiosk 3"}`)}, member{inRecording, recording}), `"kiosk 3"`},
		"no recording":  {packed(t, member{inManifest, []byte(`{"form":1}`)}), "no recording"},
		"no manifest":   {packed(t, member{inRecording, recording}), "form 0"},
		"one bit":       {flipped, "damaged"},
		"cut":           {good[:len(good)-1], "cut short"},
		"a heap of air": {packed(t, member{"air", make([]byte, openMost+1)}), "64 MiB"},
	} {
		b, err := openBundle(bytes.NewReader(c.bytes))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (%d bytes)", name, err, len(b.recording))
		}
	}
	if b, err := openBundle(bytes.NewReader(recording)); err != nil || !bytes.Equal(b.recording, recording) {
		t.Errorf("a bare recording: %v", err)
	}
}

// FuzzOpenBundle: whatever a file holds, the reader ends, and so does the replay of what it read.
func FuzzOpenBundle(f *testing.F) {
	recording := aRecording(f)
	head := recording[:bytes.IndexByte(recording[:8192], '\n')+1]
	f.Add(packed(f, member{inManifest, []byte(`{"form":1,"kiosk":"K1"}`)}, member{inRecording, head}))
	f.Add(packed(f, member{inManifest, []byte(`{}`)}))
	f.Add(head)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := openBundle(bytes.NewReader(b))
		if err != nil {
			return
		}
		_, _ = record.Replay(bytes.NewReader(got.recording), nil)
	})
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// TestTheRecordingIsNoLinkAndNoPipe: it goes into the bundle as it is, and a link may lead to a secret.
func TestTheRecordingIsNoLinkAndNoPipe(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "apikey")
	if err := os.WriteFile(secret, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, RecordingFile)
	for name, plant := range map[string]func() error{
		"a link": func() error { return os.Symlink(secret, at) },
		"a pipe": func() error { return syscall.Mkfifo(at, 0o600) },
	} {
		if err := plant(); err != nil {
			t.Fatal(err)
		}
		if b, err := ReadRecording(dir); err == nil || len(b) > 0 {
			t.Errorf("%s is read: %q, %v", name, b, err)
		}
		r := &Recording{Dir: dir}
		r.Put([]byte("a line\n"), true)
		if text, err := os.ReadFile(secret); err != nil || string(text) != "0123456789abcdef" {
			t.Errorf("%s is written through: %q, %v", name, text, err)
		}
		if err := errors.Join(r.Close(), os.Remove(at)); err != nil {
			t.Fatal(err)
		}
	}
}
