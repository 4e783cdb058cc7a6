// Package kiosk is the plan of the house: an unattended vending kiosk that takes
// WeChat Pay, on a Raspberry Pi.
//
//	cmd/kiosk    the appliance: read the config, connect the rooms, run until told to stop
//	sale/        what a purchase is and what may happen to it next: start reading here
//	pay/         speaks WeChat Pay, and nothing else does
//	store/       the order book, in SQLite
//	hw/          keys, scan module, vend motors, light barriers: touches metal
//	display/     the panel, the screens, the QR code
//	status/      the technician's web page
//	sim/         a pretend street: gateway, panel glass, scan module, motors, customers; never shipped
//	systemd/     the unit and the example config
//	docs/        one page per question
//
// Everyone may know sale. sale knows nobody. Neighbours never meet. Only cmd sees everyone.
// The tests of this package hold the house to that, and see it whole: storms and power cuts.
package kiosk
