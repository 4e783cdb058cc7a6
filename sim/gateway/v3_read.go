package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// asked is a v3 request in the words of v2, so that both kinds speak to one set of books.
type asked struct {
	endpoint string
	partner  bool // a service provider's path
	params   map[string]string
	bad      string // the field that cannot be understood; "body" for all of them
}

func (in wire) v3() bool { return strings.HasPrefix(in.path, "/v3/") }

// v3Names are v2's names for what v3 calls otherwise. What is not listed keeps its dotted name.
var v3Names = map[string]string{
	"mchid": "mch_id", "sp_mchid": "mch_id", "sp_appid": "appid", "sub_mchid": "sub_mch_id",
	"description": "body", "amount.total": "total_fee", "amount.currency": "fee_type", "amount.refund": "refund_fee",
	"payer.openid": "openid", "payer.sp_openid": "openid", "payer.sub_openid": "sub_openid", "payer.auth_code": "auth_code",
	"scene_info.payer_client_ip": "spbill_create_ip", "scene_info.device_ip": "spbill_create_ip",
	"scene_info.device_id": "device_info", "reason": "refund_desc",
}

const (
	v3Direct  = "/v3/pay/transactions/"
	v3Partner = "/v3/pay/partner/transactions/"
	v3Refunds = "/v3/refund/domestic/refunds"
)

// readV3 finds out what is asked; an unknown path or method leaves the endpoint empty.
func readV3(in wire) asked {
	a := asked{params: map[string]string{}}
	a.route(in.method, in.path)
	if _, query, ok := strings.Cut(in.target, "?"); ok {
		values, err := url.ParseQuery(query)
		if err != nil {
			a.bad = "query"
		}
		for name := range values {
			a.takeField(name, values.Get(name), false)
		}
	}
	if in.method != http.MethodPost {
		return a
	}
	dec := json.NewDecoder(bytes.NewReader(in.body))
	dec.UseNumber()
	var body map[string]any
	if err := dec.Decode(&body); err != nil {
		a.bad = "body"
		return a
	}
	if _, err := dec.Token(); err != io.EOF {
		a.bad = "body"
	}
	a.flatten("", body)
	return a
}

// route finds the call by method and path. Numbers in the path become parameters like those in the body.
func (a *asked) route(method, path string) {
	rest, pay := strings.CutPrefix(path, v3Direct)
	if !pay {
		rest, pay = strings.CutPrefix(path, v3Partner)
		a.partner = pay
	}
	post, get := method == http.MethodPost, method == http.MethodGet
	step := strings.Split(rest, "/")
	switch {
	case pay && post && rest == "native":
		a.endpoint, a.params["trade_type"] = "unifiedorder", "NATIVE"
	case pay && post && rest == "jsapi":
		a.endpoint, a.params["trade_type"] = "unifiedorder", "JSAPI"
	case pay && post && rest == "codepay":
		a.endpoint = "micropay"
	case pay && get && len(step) == 2 && step[0] == "out-trade-no":
		a.endpoint, a.params["out_trade_no"] = "orderquery", step[1]
	case pay && get && len(step) == 2 && step[0] == "id":
		a.endpoint, a.params["transaction_id"] = "orderquery", step[1]
	case pay && post && len(step) == 3 && step[0] == "out-trade-no" && step[2] == "close":
		a.endpoint, a.params["out_trade_no"] = "closeorder", step[1]
	case pay && post && len(step) == 3 && step[0] == "out-trade-no" && step[2] == "reverse":
		a.endpoint, a.params["out_trade_no"] = "reverse", step[1]
	case post && path == v3Refunds:
		a.endpoint = "refund"
	case get && strings.HasPrefix(path, v3Refunds+"/"):
		a.endpoint, a.params["out_refund_no"] = "refundquery", path[len(v3Refunds)+1:]
	case get:
		a.endpoint = map[string]string{"/v3/certificates": "certificates", "/v3/bill/tradebill": "downloadbill",
			"/v3/bill/fundflowbill": "fundflowbill", "/v3/billdownload/file": "billfile"}[path]
	}
}

// flatten names every leaf by its way from the root.
func (a *asked) flatten(at string, body map[string]any) {
	for name, value := range body {
		name = at + name
		switch v := value.(type) {
		case nil:
		case map[string]any:
			a.flatten(name+".", v)
		case []any:
			for i, leaf := range v {
				a.flatten(name+".", map[string]any{fmt.Sprint(i): leaf})
			}
		case json.Number:
			a.takeField(name, v.String(), true)
		default:
			a.takeField(name, fmt.Sprint(v), false)
		}
	}
}

// takeField takes one leaf of the body, or one parameter of the query. A sum must be a number and all else a string: the real
// gateway refuses "350" for 350.
func (a *asked) takeField(name, value string, number bool) {
	short := orWord(v3Names[name], name)
	if sum := short == "total_fee" || short == "refund_fee"; sum != number && (sum || v3Names[name] != "" || name == "out_trade_no") {
		a.bad = name
	}
	if name == "time_expire" {
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			a.bad = name
		}
		value = at.In(beijing).Format(stampLayout)
	}
	if was, twice := a.params[short]; twice && was != value {
		a.bad = name // in the path as in the body, but otherwise
	}
	a.params[short] = value
}
