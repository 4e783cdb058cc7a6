//go:build sim

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/evidence"
)

const (
	lostCode = "134650720866361395" // what a customer holds to the scan module
	hisCode  = "289012345678901234" // Alipay's
)

// jam is a run with a jam, and with all that must not be told of it: what the bundle of it holds.
func jam(t *testing.T) (bundle []byte, glass image.Image) {
	t.Helper()
	var out bytes.Buffer
	onBench(t, nil, func(b *bench) {
		b.kiosk.evidence.Log = &evidence.Log{}
		fmt.Fprintln(b.kiosk.evidence.Log, "a line of the log")
		fmt.Fprintln(b.kiosk.evidence.Log, "the scan module said "+lostCode+" twice")
		b.slotTrouble(1, "jam")
		no := b.showQR(1)
		b.phone("pay")
		b.until("the customer reads of the refund", func() bool { return b.screen() == "refunding" })
		time.Sleep(2 * time.Second)
		_, text := b.get("/panel.png")
		var err error
		if glass, err = png.Decode(strings.NewReader(text)); err != nil {
			b.t.Fatal(err)
		}
		b.untilEnd(no)
		b.waitReady()
		b.showQR(2)
		b.must("scan", "code="+hisCode)
		b.must("scan", "code="+lostCode)
		b.until("the code is sold", func() bool { o := b.order(); return o.Means == "code" && o.State == "sold" })
		b.trouble("network", "off")
		b.untilNot("offline")
		b.trouble("network", "on")
		b.waitReady()
		if err := b.kiosk.writeBundle(b.t.Context(), &out); err != nil {
			b.t.Fatal(err)
		}
	})
	return out.Bytes(), glass
}

// elsewhere is the shipped program on another machine: no config, no book, another folder, another version.
func elsewhere(t *testing.T) func(args ...string) spoken {
	t.Helper()
	far := t.TempDir()
	shipped := filepath.Join(far, "kiosk")
	if out, err := exec.Command("go", "build", "-ldflags", "-X main.version=9.9.9", "-o", shipped, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return func(args ...string) spoken {
		var out, errOut bytes.Buffer
		c := exec.CommandContext(t.Context(), shipped, args...)
		c.Dir, c.Stdout, c.Stderr, c.Env = far, &out, &errOut, []string{"TZ=America/Caracas"}
		_ = c.Run()
		return spoken{c.ProcessState.ExitCode(), out.String(), errOut.String()}
	}
}

// TestTheBundleOfAJamReplaysOnAnotherMachine: same deeds, same screens.
func TestTheBundleOfAJamReplaysOnAnotherMachine(t *testing.T) {
	t.Parallel()
	bundle, glass := jam(t)
	does, dir := elsewhere(t), t.TempDir()
	path, screens := filepath.Join(dir, "jam.tar.gz"), filepath.Join(dir, "screens")
	writeFile(t, path, string(bundle), 0o600)
	got := does("replay", "-screens", screens, path)
	verdict := regexp.MustCompile(`(?m)^replayed [1-9]\d+ steps of 1 lives, [1-9]\d+ screens: equal\n$`)
	if got.code != exitGood || got.err != "" || !verdict.MatchString(got.out) {
		t.Fatalf("the replay says %+v", got)
	}
	if !strings.Contains(got.out, "replayed by kiosk 9.9.9") {
		t.Errorf("another version replays it, and nobody says so: %q", got.out)
	}
	names, err := filepath.Glob(filepath.Join(screens, "*.png"))
	if err != nil || len(names) < 20 {
		t.Fatalf("only %d screens were drawn: %v", len(names), err)
	}
	if !drawn(t, names, glass) {
		t.Error("what was on the glass when the goods had jammed is on none of the screens")
	}
	t.Logf("%d bytes: %s", len(bundle), strings.TrimSpace(got.out))

	members := opens(t, bundle)
	changed := strings.Replace(members["recording.jsonl"], `"Dropped":false,"Fault":"jam"`, `"Dropped":true,"Fault":""`, 1)
	got = does("replay", repacked(t, dir, members, changed))
	if got.code != exitFinding || got.err != "" || !regexp.MustCompile(`(?m)^step \d+ \(line \d+, life 1, .*\): vended \{"No":"K0042-000001[^}]*"Dropped":true.*\n  recorded: write .*stuck=refunding.*\n  replayed: write .*dropped=sold`).MatchString(got.out) {
		t.Errorf("one input was changed, and the replay says %+v", got)
	}
	for _, n := range []int{len(bundle) / 2, len(bundle) - 4, 11} {
		writeFile(t, path, string(bundle[:n]), 0o600)
		does("replay", path).oneLineOnly(t, exitFinding, "cut short", "fetch it again")
	}
	does("replay", filepath.Join(dir, "nowhere")).oneLineOnly(t, exitUse, "nowhere")
	does("replay").oneLineOnly(t, exitUse, "bundle")
	does("replay", path, path).oneLineOnly(t, exitUse, "one bundle")
}

// repacked is the bundle with another recording.
func repacked(t *testing.T, dir string, members map[string]string, recording string) string {
	t.Helper()
	if recording == members["recording.jsonl"] {
		t.Fatal("nothing was changed")
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for name, text := range map[string]string{"manifest.json": members["manifest.json"], "recording.jsonl": recording} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "changed.tar.gz")
	writeFile(t, path, out.String(), 0o600)
	return path
}

// drawn tells whether one of the pictures is what was on the glass, to the last pixel.
func drawn(t *testing.T, names []string, glass image.Image) bool {
	t.Helper()
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := png.Decode(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if samePixels(p, glass) {
			return true
		}
	}
	return false
}

func samePixels(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			if ar != br || ag != bg || ab != bb {
				return false
			}
		}
	}
	return true
}

func TestABundleHoldsTheEvidenceAndNoSecret(t *testing.T) {
	t.Parallel()
	bundle, _ := jam(t)
	members := opens(t, bundle)
	for name, holds := range map[string]string{
		"manifest.json": `"kiosk": "K0042"`, "config.toml": "contact = '400-000-0000'", "orders.json": `"state":"refunded"`, "alarms.json": "[", "board.json": "disk_free_mib",
		"status.json": "Ready", "log.txt": "a line of the log", "recording.jsonl": `"Fault":"jam"`,
	} {
		if !strings.Contains(members[name], holds) {
			t.Errorf("%s does not say %s: %.300s", name, holds, members[name])
		}
	}
	if !strings.Contains(members["recording.jsonl"], "13…95#") || !strings.Contains(members["recording.jsonl"], "recorded:") {
		t.Error("the recording knows of no code: this test looks at nothing")
	}
	for name, text := range members {
		for _, secret := range []string{lostCode, lostCode[2:16], hisCode, hisCode[2:16], streetKey, "246810", "weixin://", "wxpay"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %s", name, secret)
			}
		}
		if id := regexp.MustCompile(`\bo[0-9A-Za-z_-]{27}\b`).FindString(text); id != "" {
			t.Errorf("%s holds an openid: %s", name, id)
		}
	}
}

// TestABundleFromTheFilesOfAKilledKioskReplays: what was recorded before the plug was pulled is in it.
func TestABundleFromTheFilesOfAKilledKioskReplays(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	m.showQR(1)
	m.pull()
	m.start()
	m.waitReady()
	no := m.showQR(2)
	m.phone("pay")
	m.untilState(no, "sold")
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	m.until("the recording of both lives replays", func() bool {
		if got := m.does("bundle", "-o", path); got.code != exitGood {
			t.Fatalf("%+v", got)
		}
		got := m.does("replay", path)
		if got.code != exitGood {
			t.Fatalf("%+v", got)
		}
		return strings.Contains(got.out, "of 2 lives")
	})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the bundle may be read by others: %v %v", info.Mode(), err)
	}
	m.does("bundle").oneLineOnly(t, exitUse, "-o FILE")
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
