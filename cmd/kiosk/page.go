package main

import (
	"context"
	"crypto/rand"
	"errors"
	"image"
	"io"
	"os"
	"slices"
	"time"

	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/metrics"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/web"
)

// testPictureTime is how long a test picture stays on the panel.
const testPictureTime = 30 * time.Second

// connectPage builds the technician's page: what it shows, and what it may do.
func (k *kiosk) connectPage(began time.Time) error {
	pin, err := onsite.ReadSecret(&k.conf)
	if err != nil {
		return err
	}
	token, err := onsite.ReadToken(&k.conf)
	if err != nil {
		return err
	}
	certificate := doctor.WatchMerchantCertificate(&k.conf)
	k.page = &status.Page{
		Kiosk: k.conf.Kiosk, Version: version, Built: builtWith(), Language: k.conf.Language, Boot: began, Password: web.Password{Kept: pin}, Token: web.NewBearer(token), NotifyApart: k.conf.Status.NotifyListen != "",
		Snapshot: k.clerk.Snapshot, Alive: k.clerk.Alive, Orders: k.book.ListOrders,
		Notes: func() []status.Note {
			return slices.Concat(bookNotes(k.book), certificate(k.wires.now(), k.clerk.Snapshot().Clock), onsite.SecretNotes(&k.conf), k.scannerNotes())
		},
		Panel: func() image.Image { return k.screen.Picture() }, PanelMasked: func() image.Image { return k.screen.MaskedPicture() },
		Head:  func() *status.BookHead { return notedHead(k.book) },
		Board: k.board.ReadFacts, Do: k.clerk.Do, Now: k.wires.now,
		Network: func() []status.NetworkFact { return doctor.DescribeNetwork(k.serviceKey.Address.FindPage()) },
		Sales:   k.book.CountSales, Acts: k.book.ListAlarms, Bills: k.bills.Status,
		Metrics: k.newExporter(began).Handler, Waits: k.recentWaits,
		Parts: []string{"panel", "keys", "disk"}, Installed: installedAt(),
	}
	k.page.FindOrder = k.book.FindOrder
	if k.scanner != nil {
		k.page.Parts = append(k.page.Parts, "scanner")
	}
	if k.door != nil {
		k.page.Parts = append(k.page.Parts, "door")
	}
	if host := onsite.Hostname(); host != "" {
		k.page.Hosts = []string{host + ".local"}
	}
	k.connectSelf()
	k.connectTools()
	return nil
}

// scannerNotes says what the scan module puts around its codes, as many do until they are set.
func (k *kiosk) scannerNotes() []status.Note {
	if k.scanner == nil {
		return nil
	}
	w := k.scanner.State().Wrapping
	switch {
	case w.Around == "":
		return nil
	case w.Read:
		return []status.Note{{ZH: "扫码模块在每个码前后加 " + w.Around + "：照样能读；请按模块说明书扫设置码，关掉它",
			EN: "the scan module puts " + w.Around + " around each code: they are read all the same; scan the setting of its manual that leaves it out"}}
	}
	return []status.Note{{ZH: "扫码模块在每个码前后加 " + w.Around + "：读不了，付款码收不了款；请按模块说明书扫设置码，关掉它",
		EN: "the scan module puts " + w.Around + " around each code: they cannot be read; scan the setting of its manual that leaves it out"}}
}

// connectSelf lets other processes ask which program this is, and whom its end would disturb.
func (k *kiosk) connectSelf() {
	self := &doctor.Self{Shop: k.clerk, Outputs: k.outputs, Dispenser: k.dispenser, Screen: k.screen, Scanner: k.scanner, IsScanTest: k.bench.Scan.IsRunning}
	k.bench.IsAttended = self.IsAttended
	own, start := ownBuild(), rand.Text()[:8] // another start is another word: kiosk health counts them
	k.page.Self = func() status.Self {
		return status.Self{Commit: own.Commit, Build: own.Sum, Run: start, Busy: self.Busy(), Parts: self.ListParts()}
	}
}

// connectTools offers what a technician may do at the machine: only what it has.
func (k *kiosk) connectTools() {
	t := &k.page.Tools // a nil one is not offered
	t.TestVend, t.Restart = k.bench.TestVend, k.bench.Restart
	t.Picture = k.showTestPicture
	for _, p := range display.TestPictures(k.screen.Renderer.Model) {
		t.Pictures = append(t.Pictures, status.Picture{Name: p.Name, ZH: p.ZH, EN: p.EN})
	}
	t.Reconcile, t.Bundle = k.bills.CompareDay, k.writeBundle
	t.Backup = func(ctx context.Context, w io.Writer) error { return onsite.WriteBackup(ctx, k.conf.Store.Path, w) }
	if k.scanner != nil {
		t.ScanTest = k.bench.TestScan
	}
	if k.signals != nil {
		t.Locate = func() { k.playSignal(hw.SignalLocate) }
	}
}

// showTestPicture shows one for half a minute, unless the panel is a customer's.
func (k *kiosk) showTestPicture(name string) error {
	err := k.screen.Test(name, testPictureTime)
	if errors.Is(err, display.ErrServing) {
		return status.ErrServing
	}
	return err
}

// installedAt is when this version was: the program that brings a new one writes this file.
func installedAt() time.Time {
	self, err := os.Executable()
	if err != nil {
		return time.Time{}
	}
	info, err := os.Stat(self)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// newExporter answers Prometheus from what every room counts.
func (k *kiosk) newExporter(began time.Time) *metrics.Exporter {
	build := builtFrom()
	e := &metrics.Exporter{
		Kiosk: k.conf.Kiosk, Version: version, Commit: build["commit"], Go: build["go"], Began: began,
		Certificate: doctor.MerchantCertificateEnds(&k.conf), Snapshot: k.clerk.Snapshot, Alive: k.clerk.Alive, Board: k.board.ReadFacts,
		Bill: func() *sale.Reconciliation { return k.bills.Status().Last }, Now: k.wires.now, Tally: &k.tally,
	}
	e.Guesses = func() map[string]int { return k.page.Password.Guesses.Counts() }
	e.Notices = func() map[string]int {
		if k.page.Notices == nil {
			return nil
		}
		return k.page.Notices()
	}
	if k.alert != nil {
		e.Alerts = k.alert.Counts
	}
	if k.scanner != nil {
		e.Scanner = func() map[string]int {
			c := k.scanner.Counts()
			return map[string]int{"garbage": c.Garbage, "fragment": c.Fragments, "glued": c.Glued, "overflow": c.Overflows, "checksum": c.Sums,
				"unarmed": c.Unarmed, "repeat": c.Repeats, "vanished": c.Vanished, "unasked": c.Unsolicited, "unheard": c.Unanswered}
		}
	}
	return e
}

// builtWith is what this program was built from, and with, for people; "" if that is not known.
func builtWith() string {
	build := builtFrom()
	if build["commit"] == "" {
		return ""
	}
	return build["commit"] + " " + build["go"]
}

// recentWaits are how long customers waited lately, for the page.
func (k *kiosk) recentWaits() (out []status.Wait) {
	for kind, key := range []string{metrics.TapToQR: "tap-qr", metrics.PaidToMotor: "paid-motor", metrics.MotorToDrop: "motor-drop"} {
		n := k.tally.Latencies.RecentWaits(metrics.Latency(kind))
		out = append(out, status.Wait{Key: key, Count: n.Count, P50: n.P50, P95: n.P95})
	}
	return out
}
