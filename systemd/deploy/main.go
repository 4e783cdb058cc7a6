// Command deploy brings a kiosk's package over ssh to one kiosk after the other: what `make deploy` runs.
//
// The one thing to know: it decides nothing. The keeper on the kiosk (systemd/keep) switches, judges and goes back by
// itself; deploy brings the package there, starts it, and tells what came of it, also when the connection breaks.
package main

func main() {}
