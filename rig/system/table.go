package main

// rows is the whole table.
var rows = []row{
	{"1 a bare Debian, systemd", bootBare},
	{"1 make deploy, from nothing", first},
	{"1 set up by its owner", owner},
	{"1 the first sale", firstSale},
	{"2 an upgrade", upgrade},
	{"2 the same version again", again},
	{"3 crashes at once", goesBack(".bad1", crashes)},
	{"3 never gets ready", goesBack(".bad2", unready)},
	{"3 hangs after 30 s", goesBack(".bad3", hangs)},
	{"3 accepted, then crashes", fallsLater},
	{"4 cut: staged", cutAt(staged)},
	{"4 cut: trial mark written", cutAt(written)},
	{"4 cut: flipped, not restarted", cutAt(flipped)},
	{"4 cut: restarted, on trial", cutAt(restarted)},
	{"4 cut: accepted, before dpkg", cutAt(accepted)},
	{"4 ssh breaks on trial", deployBreaks},
	{"5 the street's kiosk", streetKiosk},
	{"5 its shop hangs", shopHangs},
	{"5 its network is gone", networkGone},
}
