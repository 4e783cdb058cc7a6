// Package kiosk is the plan of the house: an unattended vending kiosk that takes
// WeChat Pay, on a Raspberry Pi.
//
//	cmd/kiosk    the appliance: connect the rooms, run until told to stop
//	cmd/kiosk/…  what needs several rooms: config, daily, doctor, onsite, evidence
//	sale/        what a purchase is and what may happen to it next: start reading here
//	record/      what the shop was told, recorded and replayed
//	pay/         speaks WeChat Pay, and nothing else does
//	store/       the order book, in SQLite
//	hw/          keys, scan module, vend motors, light barriers: touches metal
//	display/     the panel, the screens, the QR code
//	status/      the technician's web page
//	web/         what every web page here needs: login, sessions, limits, TLS
//	metrics/     Prometheus
//	alert/       tells a person of a change
//	sim/         a pretend street: panel glass, scan module, motors, customers; never shipped
//	sim/gateway/ the pretend WeChat Pay
//	house/       the tests that see the whole house: storms, power cuts, the law of imports
//	rig/         boots the shipped binary on a real kernel with simulated pins
//	systemd/     units, udev rules, packaging, the example config
//	docs/        one page per question; docs/proof/ what tests print
//
// Everyone may know sale. sale knows nobody. Neighbours never meet. Only cmd sees everyone.
// The tests in house hold the rooms to that.
package kiosk
