// Package sim is a pretend street: the panel's glass, keys, motors, light barriers,
// the scan module, the network, the clock, the disk, and customers with phones. Their
// WeChat Pay is sim/gateway.
//
// The one thing to know: it meets the kiosk only at the wires. It hands out SPI, pins, a
// serial stream and a dialler, and reads what a person would see, so everything inside of
// the wires is the code that ships. It is never in a shipped kiosk. Start with street.go.
package sim
