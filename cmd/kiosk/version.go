package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"

	"kiosk/cmd/kiosk/doctor"
)

// Set by the Makefile.
var version, commit, built = "dev", "", ""

func (c *cli) version(_ context.Context, args []string) error {
	asJSON := false
	if err := flags("version", args, func(fs *flag.FlagSet) { fs.BoolVar(&asJSON, "json", false, "") }); err != nil {
		return err
	}
	v := builtFrom()
	if asJSON {
		return json.NewEncoder(c.out).Encode(v)
	}
	_, err := fmt.Fprintf(c.out, "kiosk %s, commit %s, built %s, %s, wires: %s\n", v["version"], v["commit"], v["built"], v["go"], v["wires"])
	return err
}

// builtFrom is what this program was built from, and with.
func builtFrom() map[string]string {
	v := map[string]string{"version": version, "commit": commit, "built": built, "go": runtime.Version(), "wires": wires}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && v["commit"] == "" {
				v["commit"] = s.Value
			}
			if s.Key == "vcs.time" && v["built"] == "" {
				v["built"] = s.Value
			}
		}
	}
	return v
}

// ownBuild is this program, as kiosk health compares it with the running one.
func ownBuild() doctor.Build {
	own := builtFrom()
	return doctor.Build{Version: own["version"], Commit: own["commit"], Sum: doctor.ProgramSum()}
}
