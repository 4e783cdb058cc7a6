// Package hw touches metal: keys, scan module, vend motors, light barriers, the board.
//
// The one thing to know: nothing in here decides about money. A motor runs only
// through Outputs, which cuts its power by a timer of its own even if the rest of
// the program hangs. Levels: a pressed key, a spiral at home and a blocked light
// barrier read Low with the pull-up on, an open door reads High; a motor turns
// while its pin is High. Only inputs.go reads pins and takes edges, by the kernel's
// stamps (lines.go), and it never reads an output: on some boards that makes it an
// input, and a motor turns.
package hw
