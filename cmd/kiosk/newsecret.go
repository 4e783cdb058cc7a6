package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"kiosk/cmd/kiosk/config"
)

const secretEvery = 2 * time.Second

// watchSecret takes up another technician's secret as soon as its file holds one: kiosk pin needs no restart. One that
// cannot be used leaves the old one in place.
func (k *kiosk) watchSecret(ctx context.Context) error {
	name := k.conf.Status.PinFile
	if name == "" {
		return nil
	}
	for was := ""; ; {
		if now := fileState(k.conf.Resolve(name)); now != was {
			text, err := technician(&k.conf)
			if err == nil && text != "" {
				err = k.page.SetPin(text)
			}
			if err != nil {
				say("the technician's secret stays as it was: " + config.OneLine(err))
			}
			was = now
		}
		if !rest(ctx, secretEvery) {
			return nil
		}
	}
}

// fileState is another one after each change of a file.
func fileState(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "missing"
	}
	return fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size())
}
