package gateway_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kiosk/sim/gateway"
)

// A merchant orders a QR code, a customer's phone pays it, and the merchant asks what became of the order. The gateway is an
// http.RoundTripper here, so no socket is needed; as an http.Handler it serves a street.
func ExampleGateway() {
	gate := &gateway.Gateway{AppID: "wxd930ea5d5a258f4f", MchID: "10000100", Key: "192006250b4c09247ec02edce69f6a2d", Seed: 1,
		Now:   func() time.Time { return time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC) },
		Rules: gateway.Rules{Plain: true}}
	client := &http.Client{Transport: gate}

	order := ask(client, gate, "unifiedorder", map[string]string{"body": "可乐", "out_trade_no": "K0042-000001", "total_fee": "350",
		"spbill_create_ip": "10.0.0.1", "notify_url": "https://pay.example/notify", "trade_type": "NATIVE"})
	fmt.Println(order["result_code"], order["code_url"])

	_, seen, err := gate.Pay(order["code_url"], "pay")
	fmt.Println("the phone:", seen, err)

	found := ask(client, gate, "orderquery", map[string]string{"out_trade_no": "K0042-000001"})
	fmt.Println(found["trade_state"], found["total_fee"])
	fmt.Println("violations:", gate.Violations())
	// Output:
	// SUCCESS weixin://wxpay/bizpayurl?pr=8QxaDBHaU
	// the phone: 支付成功 <nil>
	// SUCCESS 350
	// violations: []
}

// ask signs a request of API v2 and reads the answer.
func ask(client *http.Client, gate *gateway.Gateway, call string, fields map[string]string) map[string]string {
	fields["appid"], fields["mch_id"], fields["nonce_str"] = gate.AppID, gate.MchID, "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
	var pairs []string
	body := "<xml>"
	for name, value := range fields {
		pairs = append(pairs, name+"="+value)
		body += "<" + name + ">" + value + "</" + name + ">"
	}
	slices.Sort(pairs)
	sum := md5.Sum([]byte(strings.Join(append(pairs, "key="+gate.Key), "&")))
	body += "<sign>" + strings.ToUpper(hex.EncodeToString(sum[:])) + "</sign></xml>"
	res, err := client.Post("https://api.mch.weixin.qq.com/pay/"+call, "text/xml", strings.NewReader(body))
	if err != nil {
		return map[string]string{"result_code": err.Error()}
	}
	defer res.Body.Close()
	answer := struct {
		Fields []struct {
			XMLName xml.Name
			Value   string `xml:",chardata"`
		} `xml:",any"`
	}{}
	if err := xml.NewDecoder(res.Body).Decode(&answer); err != nil {
		return map[string]string{"result_code": err.Error()}
	}
	said := map[string]string{}
	for _, f := range answer.Fields {
		said[f.XMLName.Local] = f.Value
	}
	return said
}
