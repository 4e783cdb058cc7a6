// Package sale is what a purchase is and what may happen to it next.
//
// The one thing to know: a Shop is a pure machine. Step takes what happened and
// says what to do; it reads no clock, disk or network, and draws nothing at
// random. The Clerk carries the deeds out in the world, writes before it does,
// and brings back what came of them. Start with moves.go, then shop.go and step.go.
package sale
