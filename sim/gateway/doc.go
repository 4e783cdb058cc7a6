// Package gateway is a pretend WeChat Pay for one merchant, v2 and v3: orders, payment codes, phones, notices, refunds and bills,
// with the troubles and forgeries that a client must survive.
//
// The one thing to know: it signs, reads and checks in its own words and shares no code with pay, so that an error in pay cannot
// cancel itself out. Both are held to the published vectors. A Gateway is an http.Handler for a street that people visit, and an
// http.RoundTripper for tests in a bubble. It says "paid" when a pretend customer pays, so it is never in a shipped kiosk.
package gateway
