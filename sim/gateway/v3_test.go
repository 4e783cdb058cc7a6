package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var v3Items = []item{
	{65, "only-what-was-signed-is-carried-out", showAuthorization},
	{65, "headers-and-body", func(c *till) {
		d := c.desk()
		d.header["Accept"] = "-"
		c.want("no Accept", d.native3("K1-000001").word(), "400 PARAMERROR")
		d.header["Accept"] = "application/json"
		d.header["Content-Type"] = "text/xml"
		c.want("not JSON", d.native3("K1-000001").word(), "400 PARAMERROR")
		delete(d.header, "Content-Type")
		for name, body := range map[string]string{"half a body": `{"appid":`, "an empty body": "", "two bodies": `{}{}`, "no number": `{"mchid":"` + testMch + `"}`,
			"a total in letters": `{"appid":"` + testApp + `","mchid":"` + testMch + `","description":"a","out_trade_no":"K1-000001","notify_url":"https://e.com/n","amount":{"total":"350"}}`,
			"a plain address":    `{"appid":"` + testApp + `","mchid":"` + testMch + `","description":"a","out_trade_no":"K1-000001","notify_url":"http://e.com/n","amount":{"total":350}}`} {
			c.want(name, d.ask("POST", "/v3/pay/transactions/native", body).word(), "400 PARAMERROR")
		}
		c.want("another appid", d.ask("POST", "/v3/pay/transactions/native", strings.ReplaceAll(`{"appid":"wx0000000000000000","mchid":"M","description":"a","out_trade_no":"K1-000001","notify_url":"https://e.com/n","amount":{"total":350}}`, "M", testMch)).word(), "400 APPIDMCHIDNOTMATCH")
		c.want("no scene", d.ask("POST", "/v3/pay/transactions/codepay", strings.Replace(codepayBody("K1-000001", someCode), "store_info", "stall", 1)).word(), "400 PARAMERROR")
	}},
	{66, "either-certificate-or-the-public-key", showSigners},
	{66, "forged-answers", showV3Forgeries},
	{66, "shapes-vary-and-stay-signed", func(c *till) {
		d, seen := c.desk(), map[string]bool{}
		for i := range 60 { // ask verifies
			a := d.query3(fmt.Sprint("K1-10000", i))
			seen["indented"] = seen["indented"] || strings.Contains(string(a.body), "\n  ")
			seen["new field"] = seen["new field"] || strings.Contains(string(a.body), "zz_new_field")
			seen["old spelling"] = seen["old spelling"] || a.text("code") == "ORDERNOTEXIST"
			seen["new spelling"] = seen["new spelling"] || a.text("code") == "ORDER_NOT_EXIST"
		}
		if len(seen) != 4 || !seen["indented"] || !seen["new field"] || !seen["old spelling"] || !seen["new spelling"] {
			c.t.Errorf("of the shapes only %v were met", seen)
		}
	}},
	{67, "certificates-and-their-rotation", showRotation},
	{68, "native-from-order-to-refund", showNativeV3},
	{68, "codepay-and-reverse", showCodepay},
	{68, "statuses-and-their-bodies", showStatuses},
	{68, "bill-with-hash-and-address", showBillV3},
	{68, "service-provider", showPartner},
}

func showAuthorization(c *till) {
	d := c.desk()
	try := func() string { return d.query3("K1-000001").word() }
	c.want("as it should be", try(), "404 ORDERNOTEXIST")
	for name, spoil := range map[string]func(map[string]string){
		"the query is not signed":   func(p map[string]string) { p["path"], _, _ = strings.Cut(p["path"], "?") },
		"another body is signed":    func(p map[string]string) { p["body"] = "{}" },
		"five minutes and a second": func(p map[string]string) { p["timestamp"] = fmt.Sprint(time.Now().Unix() - 301) },
		"ahead":                     func(p map[string]string) { p["timestamp"] = fmt.Sprint(time.Now().Unix() + 301) },
		"another serial":            func(p map[string]string) { p["serial_no"] = strings.Repeat("0A", 20) },
		"another merchant":          func(p map[string]string) { p["mchid"] = "1000000000" },
	} {
		d.spoil = spoil
		c.want(name, try(), "401 SIGNERROR")
	}
	d.spoil = func(p map[string]string) { p["timestamp"] = fmt.Sprint(time.Now().Unix() - 299) }
	c.want("just in time", try(), "404 ORDERNOTEXIST")
	d.spoil = nil
	for _, header := range []string{"-", "Bearer x", `WECHATPAY2-SHA256-RSA2048 mchid="1"`, `WECHATPAY2-SHA256-RSA2048 mchid=1,nonce_str=2`} {
		d.header["Authorization"] = header
		c.want(header, try(), "401 SIGNERROR")
	}
	delete(d.header, "Authorization")
	d.spoil = func(p map[string]string) { p["body"] = `{"mchid": "` + testMch + `"}` } // the same, written down again
	c.want("a body written anew", d.close3("K1-000001"), "401 SIGNERROR")
	if len(c.g.Violations()) != 3 {
		c.t.Errorf("wrong signatures are to be counted: %v", c.g.Violations())
	}
}

func showSigners(c *till) {
	d := c.desk()
	id, _ := c.g.PlatformPublicKey()
	by := func() string { return d.query3("K1-000001").header.Get("Wechatpay-Serial") }
	c.want("certificate mode", by(), oldSerial)
	c.g.V3.Mode = PublicKeyMode
	c.want("public-key mode", by(), id)
	c.g.V3.Mode = BothMode
	seen := map[string]bool{}
	for range 15 {
		seen[by()] = true
	}
	if !seen[id] || !seen[oldSerial] || len(seen) != 2 {
		c.t.Errorf("while a merchant changes over answers carried %v", seen)
	}
	if !strings.HasPrefix(id, "PUB_KEY_ID_0"+testMch) || len(id) != len("PUB_KEY_ID_0114232134912410000000000000") {
		c.t.Errorf("the public key is called %s", id)
	}
	d.header["Wechatpay-Serial"] = id
	for range 15 {
		c.want("asked for the public key", by(), id)
	}
	for _, how := range []string{"old", "new", PublicKeyMode} {
		c.script("orderquery", Trouble{SignBy: how})
		c.want(how, by(), map[string]string{"old": oldSerial, "new": newSerial, PublicKeyMode: id}[how])
	}
}

func showV3Forgeries(c *till) {
	d := c.desk()
	d.native3("K1-000001")
	for _, how := range append(slices.Clone(V3Forgeries), Forgeries...) {
		c.script("orderquery", Trouble{Forge: how})
		a, err := d.send(c.t.Context(), "GET", "/v3/pay/transactions/out-trade-no/K1-000001?mchid="+testMch, "")
		if err != nil {
			c.t.Fatal(err)
		}
		ours := a.text("appid") == testApp && a.text("mchid") == testMch && a.text("out_trade_no") == "K1-000001" && a.text("amount", "total") == "350" &&
			a.text("amount", "currency") == "CNY"
		if a.status == 200 && d.verify(a.header, a.body) == "" && ours && a.text("trade_state") == "SUCCESS" && len(a.body) < 1<<20 {
			c.t.Errorf("%s: nobody could tell this answer from a true one: %s", how, a.body)
		}
	}
	for how, want := range map[string]string{"no-sign": "no signature", "signtest": "probe", "unknown-serial": "unknown serial", "skew-past": "clock",
		"skew-future": "clock", "no-timestamp": "clock", "altered": "wrong signature", "other-key": "wrong signature", "wrong-sign": "wrong signature"} {
		c.script("orderquery", Trouble{Forge: how})
		a, _ := d.send(c.t.Context(), "GET", "/v3/pay/transactions/out-trade-no/K1-000001?mchid="+testMch, "")
		c.want(how, d.verify(a.header, a.body), want)
	}
	if c.order("K1-000001").State != "NOTPAY" {
		c.t.Error("forging answers changed the order")
	}
	c.g.Script = nil
	d.pay3("K1-000002")
	for how, at := range map[string][]string{"other-amount": {"amount", "total"}, "no-amount": {"amount", "total"}, "other-currency": {"amount", "currency"},
		"other-number": {"out_trade_no"}, "other-appid": {"appid"}, "other-mchid": {"mchid"}} {
		is := d.query3("K1-000002").text(at...)
		c.script("orderquery", Trouble{Forge: how})
		if said := d.query3("K1-000002").text(at...); said == is { // genuinely signed
			c.t.Errorf("%s left it as it was: %s", how, said)
		}
		c.g.Script = nil
	}
}

func showRotation(c *till) {
	d := c.desk()
	fetch := func() (serials []string) {
		a := d.ask("GET", "/v3/certificates", "")
		list, _ := a.json["data"].([]any)
		for _, one := range list {
			sealed := one.(map[string]any)["encrypt_certificate"].(map[string]any)
			if sealed["algorithm"] != "AEAD_AES_256_GCM" || sealed["associated_data"] != "certificate" {
				c.t.Errorf("sealed as %v", sealed)
			}
			text, err := aeadOpen(TestAPIv3Key, sealed["nonce"].(string), "certificate", sealed["ciphertext"].(string))
			if err != nil {
				c.t.Fatalf("the certificate cannot be opened: %v", err)
			}
			serial := d.trusts([]byte(text))
			c.want("the serial", serial, one.(map[string]any)["serial_no"].(string))
			serials = append(serials, serial)
		}
		return serials
	}
	by := func() (seen map[string]bool) {
		seen = map[string]bool{}
		for range 15 {
			seen[d.query3("K1-000001").header.Get("Wechatpay-Serial")] = true
		}
		return seen
	}
	c.want("before", fmt.Sprint(fetch()), fmt.Sprint([]string{oldSerial}))
	if err := c.g.Rotate(); err != nil {
		c.t.Fatal(err)
	}
	c.want("listed at once", fmt.Sprint(fetch()), fmt.Sprint([]string{newSerial, oldSerial}))
	c.want("and not used", fmt.Sprint(by()), fmt.Sprint(map[string]bool{oldSerial: true}))
	time.Sleep(24 * time.Hour)
	c.want("then either", fmt.Sprint(by()), fmt.Sprint(map[string]bool{oldSerial: true, newSerial: true}))
	time.Sleep(24 * time.Hour)
	c.want("then the new one", fmt.Sprint(by()), fmt.Sprint(map[string]bool{newSerial: true}))
	time.Sleep(24 * time.Hour)
	c.want("alone", fmt.Sprint(fetch()), fmt.Sprint([]string{newSerial}))
	c.g.V3.Mode = PublicKeyMode
	c.want("public-key mode", d.ask("GET", "/v3/certificates", "").word(), "404 RESOURCENOTEXISTS")
}

func showNativeV3(c *till) {
	d := c.desk()
	first, again := d.native3("K1-000001"), d.native3("K1-000001")
	if first.text("code_url") == "" || first.text("code_url") == again.text("code_url") || first.text("prepay_id") != "" {
		c.t.Errorf("two code_urls and nothing else are due: %s %s", first.body, again.body)
	}
	c.want("other parameters", d.order("native", "K1-000001", `,"attach":"x"`).word(), "403 OUTTRADENOUSED")
	c.want("unpaid", d.query3("K1-000001").word(), "NOTPAY")
	c.want("too early", d.close3("K1-000001"), "400 TRADESTATEERROR")
	c.want("the phone", c.phone(first.text("code_url"), "pay"), PhonePaid)
	a := d.query3("K1-000001")
	for want, path := range map[string][]string{"350": {"amount", "total"}, "CNY": {"amount", "currency"}, "NATIVE": {"trade_type"}, testMch: {"mchid"}, testApp: {"appid"}} {
		c.want(strings.Join(path, "."), a.text(path...), want)
	}
	if _, err := time.Parse(time.RFC3339, a.text("success_time")); err != nil || a.text("payer", "openid") == "" {
		c.t.Errorf("a paid order is told as %s", a.body)
	}
	c.want("by its transaction", d.ask("GET", "/v3/pay/transactions/id/"+a.text("transaction_id")+"?mchid="+testMch, "").word(), "SUCCESS")
	c.want("no mchid", d.ask("GET", "/v3/pay/transactions/id/"+a.text("transaction_id"), "").word(), "400 PARAMERROR")
	c.want("paid", d.native3("K1-000001").word(), "400 ORDERPAID")
	c.want("by v2", c.query("K1-000001"), "SUCCESS")
	r := d.refund3("K1-000001", "R1", 350)
	c.want("refund", r.word(), "PROCESSING")
	time.Sleep(2 * time.Second)
	r = d.ask("GET", "/v3/refund/domestic/refunds/R1", "")
	c.want("returned", r.word(), "SUCCESS")
	c.want("how much", r.text("amount", "refund"), "350")
	c.want("nothing more", d.refund3("K1-000001", "R2", 1).word(), "400 INVALIDREQUEST")
	c.want("unknown", d.ask("GET", "/v3/refund/domestic/refunds/R9", "").word(), "404 RESOURCENOTEXISTS")
	c.want("refunded", d.query3("K1-000001").word(), "REFUND")
	c.script("refund", Trouble{Then: "CHANGE"})
	d.pay3("K1-000002")
	d.refund3("K1-000002", "R3", 350)
	time.Sleep(2 * time.Second)
	c.want("a dead card", d.ask("GET", "/v3/refund/domestic/refunds/R3", "").word(), "ABNORMAL")
	d.native3("K1-000003")
	time.Sleep(5 * time.Minute)
	c.want("204", d.close3("K1-000003"), "204")
	c.want("closed", d.query3("K1-000003").word(), "CLOSED")
	c.want("again", d.close3("K1-000003"), "400 ORDERCLOSED")
	c.want("a closed number", d.native3("K1-000003").word(), "400 ORDERCLOSED")
	for _, path := range []string{"/v3/nothing", "/v3/pay/transactions/native/x", "/v3/certificates/1"} {
		if a, err := d.send(c.t.Context(), "GET", path, ""); err != nil || a.status != 404 {
			c.t.Errorf("%s: %v %v", path, a, err)
		}
	}
}

func showCodepay(c *till) {
	d := c.desk()
	c.want("paid at once", d.codepay("K1-000001", c.g.NewCode(false)).word(), "SUCCESS")
	c.want("means", d.query3("K1-000001").text("trade_type"), "MICROPAY")
	c.want("too early", d.reverse3("K1-000001"), "500 SYSTEMERROR")
	c.want("password", d.codepay("K1-000002", c.g.NewCode(true)).word(), "202 USERPAYING")
	c.want("meanwhile", d.query3("K1-000002").word(), "USERPAYING")
	time.Sleep(15 * time.Second)
	c.script("reverse", Trouble{Recall: true, After: true})
	c.want("not done, or not said", d.reverse3("K1-000001"), "500 SYSTEMERROR")
	c.g.Script = nil
	c.want("reverse", d.reverse3("K1-000001"), "200")
	c.want("the order", d.query3("K1-000001").word(), "REVOKED")
	c.g.Rules.Paying = 403
	c.want("another status for the password", d.codepay("K1-000003", c.g.NewCode(true)).word(), "403 USERPAYING")
	used := c.g.NewCode(false)
	d.codepay("K1-000004", used)
	c.want("a used code", d.codepay("K1-000005", used).word(), "400 AUTHCODEINVALID")
	for code, want := range map[string]string{"NOT_ENOUGH": "403 NOTENOUGH", "AUTHCODEEXPIRE": "400 AUTHCODEEXPIRE", "BANK_ERROR": "500 BANKERROR", "FOO_BAR": "400 FOOBAR"} {
		c.script("micropay", Trouble{Code: code})
		c.want(code, d.codepay("K1-"+want[4:], c.g.NewCode(false)).word(), want)
	}
	c.script("micropay", Trouble{Code: "SYSTEM_ERROR", After: true})
	c.want("error", d.codepay("K1-000006", c.g.NewCode(false)).word(), "500 SYSTEMERROR")
	c.want("and paid", d.query3("K1-000006").word(), "SUCCESS")
	c.script("micropay", Trouble{Lose: "answer"})
	if _, err := d.send(c.t.Context(), "POST", "/v3/pay/transactions/codepay", codepayBody("K1-000007", c.g.NewCode(false))); err == nil {
		c.t.Error("an answer that was to be lost arrived")
	}
	c.g.Script = nil
	c.want("lost and paid", d.query3("K1-000007").word(), "SUCCESS")
	for _, call := range c.g.Log() {
		if strings.Contains(fmt.Sprint(call), used) {
			c.t.Errorf("a payment code is in the log: %+v", call)
		}
	}
}

func showStatuses(c *till) {
	d := c.desk()
	d.native3("K1-000001")
	for _, t := range []struct {
		Trouble
		want string
	}{
		{Trouble{Status: 202}, "202 USERPAYING"}, {Trouble{Status: 429}, "429 RATELIMITEXCEEDED"}, {Trouble{Status: 401}, "401 SIGNERROR"},
		{Trouble{Code: "SYSTEM_ERROR"}, "500 SYSTEMERROR"}, {Trouble{Code: "SYSTEM_ERROR", Status: 502}, "502 SYSTEMERROR"},
		{Trouble{Code: "SERVICE_UNAVAILABLE"}, "503 SERVICEUNAVAILABLE"}, {Trouble{Code: "RATE_LIMITED"}, "429 RATELIMITED"},
		{Trouble{Code: "FREQUENCY_LIMITED"}, "429 FREQUENCYLIMITED"}, {Trouble{State: "PONDERING"}, "PONDERING"},
	} {
		c.script("orderquery", t.Trouble)
		c.want(t.want, d.query3("K1-000001").word(), t.want) // ask verifies the error's signature too
		t.Unsigned = true
		c.script("orderquery", t.Trouble)
		a, err := d.send(c.t.Context(), "GET", "/v3/pay/transactions/out-trade-no/K1-000001?mchid="+testMch, "")
		if err != nil || d.verify(a.header, a.body) != "no signature" {
			c.t.Errorf("%s, unsigned: %v %v", t.want, a, err)
		}
	}
	for _, status := range []int{500, 502, 503, 504} {
		c.script("orderquery", Trouble{Status: status})
		a, err := d.send(c.t.Context(), "GET", "/v3/pay/transactions/out-trade-no/K1-000001?mchid="+testMch, "")
		if err != nil || a.status != status || !strings.Contains(string(a.body), "<html>") {
			c.t.Errorf("HTTP %d came as %v %v", status, a, err)
		}
	}
	c.script("orderquery", Trouble{Late: time.Minute})
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Second)
	defer cancel()
	if _, err := d.send(ctx, "GET", "/v3/pay/transactions/out-trade-no/K1-000001?mchid="+testMch, ""); !errors.Is(err, context.DeadlineExceeded) {
		c.t.Errorf("a late answer: %v", err)
	}
}

func showPartner(c *till) {
	c.g.SubMchID = "10000200"
	d := c.desk()
	sp := func(kind, sub string) *v3Answer {
		return d.ask("POST", "/v3/pay/partner/transactions/"+kind, `{"sp_appid":"`+testApp+`","sp_mchid":"`+testMch+`","sub_mchid":"`+sub+
			`","description":"可乐","out_trade_no":"K1-000001","notify_url":"https://example.com/n","amount":{"total":350}}`)
	}
	c.want("for itself", d.native3("K1-000001").word(), "403 NOAUTH")
	c.want("for a stranger", sp("native", "10000300").word(), "403 NOAUTH")
	qr := sp("native", "10000200").text("code_url")
	c.want("the phone", c.phone(qr, "pay"), PhonePaid)
	ids := "?sp_mchid=" + testMch + "&sub_mchid=10000200"
	a := d.ask("GET", "/v3/pay/partner/transactions/out-trade-no/K1-000001"+ids, "")
	c.want("paid", a.word(), "SUCCESS")
	for name, want := range map[string]string{"sp_mchid": testMch, "sp_appid": testApp, "sub_mchid": "10000200", "mchid": "", "appid": ""} {
		c.want(name, a.text(name), want)
	}
	if a.text("payer", "sp_openid") == "" {
		c.t.Errorf("nobody paid: %s", a.body)
	}
	c.want("without the sub merchant", d.refund3("K1-000001", "R1", 350).word(), "400 PARAMERROR")
	r := d.ask("POST", "/v3/refund/domestic/refunds", `{"sub_mchid":"10000200","out_trade_no":"K1-000001","out_refund_no":"R1","amount":{"refund":350,"total":350,"currency":"CNY"}}`)
	c.want("refund", r.word(), "PROCESSING")
	time.Sleep(2 * time.Second)
	c.want("returned", d.ask("GET", "/v3/refund/domestic/refunds/R1?sub_mchid=10000200", "").word(), "SUCCESS")
	c.want("close", d.ask("POST", "/v3/pay/partner/transactions/out-trade-no/K1-000001/close", `{"sp_mchid":"`+testMch+`","sub_mchid":"10000200"}`).word(), "400 ORDERPAID")
	var file struct{ Data []any }
	if err := json.Unmarshal(d.ask("GET", "/v3/certificates", "").body, &file); err != nil || len(file.Data) != 1 {
		c.t.Errorf("a service provider's certificates: %v %v", file, err)
	}
}
