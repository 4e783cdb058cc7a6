package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"kiosk/cmd/kiosk/config"
	"kiosk/store"
)

// cli is one call of the command.
type cli struct {
	file       string    // -config
	data, addr string    // -data and -addr, which only the street has
	out        io.Writer // results; errors are returned
}

// errFinding ends a command that has already printed what it found.
var errFinding = errors.New("finding")

// parseFlags reads a command's own flags.
func parseFlags(name string, args []string, set func(*flag.FlagSet)) error {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // our own usage is one page
	set(fs)
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return config.UsageError(fmt.Errorf("%s: %w: see kiosk help", name, err))
	}
	if fs.NArg() > 0 {
		return config.UsageError(fmt.Errorf("%s: %q is one word too many: see kiosk help", name, fs.Arg(0)))
	}
	return nil
}

// noFlags is for a command that has none.
func noFlags(*flag.FlagSet) {}

// loadConfig reads the config file. A street needs none: it has a config of its own.
func (c *cli) loadConfig() (config.Config, error) {
	if c.file == "" {
		if conf, ok, err := c.streetConfig(); ok {
			return conf, err
		}
		c.file = "/etc/kiosk/kiosk.toml"
	}
	conf, err := readConfig(c.file)
	c.applyFlags(&conf)
	return conf, err
}

// applyFlags lets -data and -addr have the last word.
func (c *cli) applyFlags(conf *config.Config) {
	if c.data != "" {
		conf.Store.Path = filepath.Join(c.data, "kiosk.db")
	}
	if c.addr != "" {
		conf.Status.Listen = c.addr
	}
}

// readBook opens the book beside a running kiosk. It needs no secret.
func (c *cli) readBook(do func(*store.Reader) error) error {
	conf, err := c.loadConfig()
	if err != nil {
		return config.UsageError(err)
	}
	if err := becomeOwner(conf.Store.Path); err != nil {
		return err
	}
	r, err := store.OpenReader(conf.Store.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	return do(r)
}
