// Package pay speaks WeChat Pay, and nothing else in the house does.
//
// The one thing to know: an answer counts only after its signature, its ids and
// its number were checked. Then it is a value of sale.Answer; everything else
// (a timeout, an unsigned or unknown answer, a missing field) is an error and
// means "not known". Errors never carry a body, a key, an openid or a payment
// code. Start with v2.go or v3.go; the gateway's words are in codes.go and
// v3_codes.go, its notices come in by webhook.go, its bills by bill_download.go.
package pay
