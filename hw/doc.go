// Package hw touches metal: keys, scan module, vend motors, light barriers, the board.
//
// The one thing to know: nothing in here decides about money. A motor runs only
// through Outputs, which takes it away again by a timer of its own whatever the
// rest of the house does. Levels: a pressed key, a spiral at home and a blocked
// light barrier read Low with the pull-up on, an open door High; a motor turns
// while its pin is High. A pin is read and waited for in inputs.go alone, and an
// output never: on some boards that makes it an input and turns the motor.
package hw
