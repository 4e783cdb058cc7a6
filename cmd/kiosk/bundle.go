package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/evidence"
	"kiosk/record"
	"kiosk/store"
)

// programName is this program, as a recording names it.
func programName() string { return strings.TrimSpace("kiosk " + version + " " + commit) }

// newBundle knows the robot's address wherever the config keeps it, so that no member of the bundle tells it.
func newBundle(c *config.Config) *evidence.Bundle {
	robot, err := alertURL(c)
	if err != nil {
		robot = c.Alert.URL
	}
	return evidence.NewBundle(c, robot, programName(), wires)
}

// newKeeper records beside the book what the clerk's shop is told.
func newKeeper(c *config.Config, log *evidence.Log) *evidence.Keeper {
	recording := &evidence.Recording{Dir: filepath.Dir(c.Store.Path), Log: logLine}
	return &evidence.Keeper{Recorder: &record.Recorder{Program: programName(), Sink: recording}, Recording: recording, Log: log}
}

// writeBundle writes the evidence of this kiosk, for the person who must find out what happened.
func (k *kiosk) writeBundle(ctx context.Context, w io.Writer) error {
	b := newBundle(&k.conf)
	k.evidence.FillBundle(ctx, b, k.page.Boot, k.board.ReadFacts(), k.clerk.Snapshot())
	b.Orders = k.book.ListOrders
	r, err := store.OpenReader(k.conf.Store.Path)
	if err != nil {
		b.AddNote(err)
		return b.Write(ctx, w)
	}
	defer r.Close()
	b.Alarms = r.ListAlarms // from the file: the open book may be what is broken
	return b.Write(ctx, w)
}

// makeBundle makes one from the files, beside a running kiosk or a dead one.
func (c *cli) makeBundle(ctx context.Context, args []string) error {
	to := ""
	if err := parseFlags("bundle", args, func(fs *flag.FlagSet) { fs.StringVar(&to, "o", "", "") }); err != nil {
		return err
	}
	if to == "" {
		return config.UsageError(fmt.Errorf("bundle: say where with -o FILE"))
	}
	conf, err := c.loadConfig()
	if err != nil {
		return config.UsageError(err)
	}
	b := newBundle(&conf)
	if err := becomeOwnerFor(conf.Store.Path, to); err != nil {
		return err
	}
	// It names customers' orders, so it is a new file that nobody else may read, and never what a link leads to.
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("bundle: %w: name a new file, in a folder that can be written", err)
	}
	if err := becomeOwner(conf.Store.Path); err != nil {
		return errors.Join(fmt.Errorf("bundle: %w", err), f.Close())
	}
	b.FillFromFiles()
	if r, err := store.OpenReader(conf.Store.Path); err != nil {
		b.AddNote(err)
	} else {
		defer r.Close()
		b.Orders, b.Alarms = r.ListOrders, r.ListAlarms
	}
	return errors.Join(b.Write(ctx, f), f.Close())
}

// replayBundle does again what a bundle recorded. Flags may stand on either side of its name.
func (c *cli) replayBundle(_ context.Context, args []string) error {
	fs := flag.NewFlagSet("replay", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	screens := fs.String("screens", "", "")
	var named []string
	for rest := args; ; rest = fs.Args()[1:] {
		err := fs.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		if err != nil {
			return config.UsageError(fmt.Errorf("replay: %w: see kiosk help", err))
		}
		if fs.NArg() == 0 {
			break
		}
		named = append(named, fs.Arg(0))
	}
	if len(named) != 1 {
		return config.UsageError(fmt.Errorf("replay: name one bundle, as kiosk bundle -o FILE or the status page wrote it"))
	}
	err := evidence.Replay(named[0], *screens, programName(), c.out)
	if errors.Is(err, evidence.ErrDiffers) {
		return errFinding
	}
	return err
}
