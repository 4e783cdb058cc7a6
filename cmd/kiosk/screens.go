package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/evidence"
	"kiosk/display"
)

// drawScreens draws every screen with sample data: for a new panel, a new text, a manual. It needs no config.
func (c *cli) drawScreens(_ context.Context, args []string) error {
	dir, size := "", ""
	err := parseFlags("screens", args, func(fs *flag.FlagSet) {
		fs.StringVar(&dir, "o", "", "")
		fs.StringVar(&size, "size", "", "")
	})
	if err != nil {
		return err
	}
	if dir == "" {
		return config.UsageError(fmt.Errorf("screens: say where with -o DIR"))
	}
	sizes := []string{"240x240", "240x320", "320x240"} // one of each layout
	if size != "" {
		sizes = []string{size}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	contact := config.Defaults().Contact // the owner's own, if there is a config
	if conf, err := c.loadConfig(); err == nil {
		contact = conf.Contact
	}
	n := 0
	for _, size := range sizes {
		m, err := display.Fit("", size, 0)
		if err != nil {
			return config.UsageError(fmt.Errorf("screens: -size: %w", err))
		}
		for _, lang := range []string{"zh", "en"} {
			draw := display.Renderer{Model: m, Language: lang, Contact: contact, Kiosk: "K0042"}
			write := func(name string, f *display.Frame, err error) error {
				if err != nil {
					return fmt.Errorf("drawing %s at %s: %w", name, size, err)
				}
				n++
				return evidence.WritePNG(filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", name, size, lang)), f)
			}
			for _, s := range display.Samples(lang) {
				f, err := draw.Draw(s.View)
				if err := write(s.Name, f, err); err != nil {
					return err
				}
			}
			for _, s := range display.Slips() {
				f, _, err := draw.Slip(s.Slip)
				if err := write("slip-"+s.Name, f, err); err != nil {
					return err
				}
			}
		}
	}
	fmt.Fprintf(c.out, "%d screens in %s\n", n, dir)
	return nil
}
