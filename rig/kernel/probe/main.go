// Command probe is the self-test of the rig's kernel half: it looks at each device from both ends.
//
// One program, two ends: in the guest it is /agent and does what single lines ask for; on the host it starts
// QEMU, asks, and judges what arrives at the sockets. build.sh -selftest runs it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

func main() {
	runtime.LockOSThread() // QEMU is to die with the thread that started it
	run := host
	if filepath.Base(os.Args[0]) == "agent" {
		run = guest
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}
