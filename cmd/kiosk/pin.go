package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/web"
)

// pin makes the technician's secret, or replaces it. It is printed this once; the file keeps its hash.
func (c *cli) pin(_ context.Context, args []string) error {
	to := ""
	if err := flags("pin", args, func(fs *flag.FlagSet) { fs.StringVar(&to, "o", "", "") }); err != nil {
		return err
	}
	if to == "" {
		conf, err := c.config()
		if err != nil {
			return config.Usage(err)
		}
		if conf.Status.PinFile == "" {
			return config.Usage(errors.New("pin: say where with -o FILE, or name it in the config as status.pin_file"))
		}
		to = conf.Resolve(conf.Status.PinFile)
	}
	clear, kept := web.DrawSecret()
	if err := onsite.WriteSecret(to, kept, true); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "%s\n", clear)
	return err
}
