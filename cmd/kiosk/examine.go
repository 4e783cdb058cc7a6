package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/sale"
)

// checkKiosk looks at every part and says what to do about it.
func (c *cli) checkKiosk(ctx context.Context, args []string) error {
	asJSON, try := false, false
	err := parseFlags("check", args, func(fs *flag.FlagSet) {
		fs.BoolVar(&asJSON, "json", false, "")
		fs.BoolVar(&try, "try", false, "")
	})
	if err != nil {
		return err
	}
	conf, err := c.loadConfig()
	if err == nil {
		err = checkFiles(&conf)
	}
	if err != nil {
		return config.UsageError(err)
	}
	d := &doctor.Checkup{
		Config:  &conf,
		Payee:   payeeIDs(&conf),
		Gateway: func() (sale.Gateway, sale.Merchant, error) { return newGateway(&conf, nil) },
		Metal:   metalCheck(&conf),
		Secret:  onsite.SecretNotes(&conf),
	}
	found := d.Run(ctx)
	if try {
		found = append(found, tryOrder(ctx, &conf))
	}
	return c.printFindings(found, asJSON, conf.Language)
}

// tryOrder asks for one order of one fen: a query tells nothing of a merchant who may not collect.
func tryOrder(ctx context.Context, conf *config.Config) doctor.Finding {
	gateway, payee, err := newGateway(conf, nil)
	if err != nil {
		return doctor.DescribeTrial(sale.Answer{}, false, err, 0)
	}
	t := &onsite.Trial{Book: conf.Store.Path, Kiosk: conf.Kiosk, Gateway: gateway, Merchant: payee}
	for _, slot := range conf.Slots {
		if len(slot.Name) > len(t.Name) {
			t.Name = slot.Name
		}
	}
	began := time.Now()
	said, asked, err := t.Ask(ctx)
	return doctor.DescribeTrial(said, asked, err, time.Since(began))
}

// printFindings prints findings. A failure has been printed when the exit code says so.
func (c *cli) printFindings(found []doctor.Finding, asJSON bool, lang string) error {
	if err := doctor.WriteReport(c.out, found, asJSON, lang); err != nil {
		return err
	}
	if doctor.HasFailure(found) {
		return errFinding
	}
	return nil
}

// judgeHealth judges the running kiosk: is it this very program, and well?
func (c *cli) judgeHealth(ctx context.Context, args []string) error {
	wait, hold, before, to, asJSON := 90*time.Second, 20*time.Second, "", "", false
	err := parseFlags("health", args, func(fs *flag.FlagSet) {
		fs.DurationVar(&wait, "wait", wait, "")
		fs.DurationVar(&hold, "hold", hold, "")
		fs.StringVar(&before, "before", "", "")
		fs.StringVar(&to, "o", "", "")
		fs.BoolVar(&asJSON, "json", false, "")
	})
	switch {
	case err != nil:
		return err
	case hold < 0 || hold >= wait:
		return config.UsageError(errors.New("health: -hold is how long it must be well without a break: say less than -wait"))
	}
	conf, r, err := c.findRunning()
	if err != nil {
		return err
	}
	if to != "" {
		return r.Save(ctx, conf.Store.Path, to)
	}
	var found []doctor.Finding
	p := doctor.Probe{Running: r, Own: ownBuild(), Hold: hold, End: time.Now().Add(wait)}
	if before != "" {
		if p.Before, err = doctor.ReadSaved(before); err != nil {
			found = append(found, doctor.Finding{Part: "before", Verdict: doctor.Warn, Text: config.OneLine(err) + ": nothing is forgiven"})
		}
	}
	found = append(found, p.Run(ctx)...)
	return c.printFindings(append(found, doctor.CheckNewest(ctx, conf.Store.Path, p.Before)), asJSON, "en")
}

// waitIdle waits until the running kiosk can be stopped.
func (c *cli) waitIdle(ctx context.Context, args []string) error {
	wait := 10 * time.Minute
	if err := parseFlags("idle", args, func(fs *flag.FlagSet) { fs.DurationVar(&wait, "wait", wait, "") }); err != nil {
		return err
	}
	conf, r, err := c.findRunning()
	if err != nil {
		return err
	}
	said, err := r.WaitIdle(ctx, conf.Store.Path, wait)
	if err == nil {
		fmt.Fprintln(c.out, said)
	}
	return err
}

// findRunning needs the config only for the page's address: neither keys nor book.
func (c *cli) findRunning() (config.Config, *doctor.Running, error) {
	conf, err := c.loadConfig()
	if err != nil {
		return conf, nil, config.UsageError(err)
	}
	r, err := doctor.FindRunning(&conf, serviceManager)
	return conf, r, err
}
