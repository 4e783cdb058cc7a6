package gateway

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// bill asks for a bill in v2.
func (c *till) bill(day string, pairs ...string) string {
	c.t.Helper()
	body, err := c.post(c.t.Context(), "/pay/downloadbill", c.message(append([]string{"bill_date", day}, pairs...)...))
	if err != nil {
		c.t.Fatal(err)
	}
	return body
}

// why is the refusal of a bill.
func why(body string) string {
	m := read(body)
	return m["return_code"] + " " + m["error_code"] + " " + m["return_msg"]
}

// table reads a bill by the names of its columns, and its sums.
func table(text string) (names []string, rows []map[string]string, sums map[string]string) {
	lines := strings.Split(strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")), "\n")
	if len(lines) < 3 {
		return nil, nil, nil
	}
	row := func(head, line string) map[string]string {
		m := map[string]string{}
		values := strings.Split(strings.TrimPrefix(line, "`"), ",`")
		for i, name := range strings.Split(head, ",") {
			m[name] = values[i]
		}
		return m
	}
	n := len(lines)
	for _, line := range lines[1 : n-2] {
		rows = append(rows, row(lines[0], line))
	}
	return strings.Split(lines[0], ","), rows, row(lines[n-2], lines[n-1])
}

// until waits for a time of a Beijing day; a bubble begins on the first of January 2000.
func (c *till) until(stamp string) {
	c.t.Helper()
	at, err := time.ParseInLocation("20060102 15:04:05", stamp, beijing)
	if err != nil || at.Before(time.Now()) {
		c.t.Fatalf("cannot wait for %s: %v", stamp, err)
	}
	time.Sleep(time.Until(at))
}

var billItems = []item{
	{64, "when-there-is-a-bill", func(c *till) {
		c.until("20000105 12:00:00")
		c.pay("K1-000001")
		c.until("20000106 08:59:59")
		c.want("before nine", why(c.bill("20000105")), "FAIL 20003 Bill Creating")
		c.g.Rules.BillEarly = "No Bill Exist"
		c.want("the variant", why(c.bill("20000105")), "FAIL 20002 No Bill Exist")
		c.until("20000106 09:00:00")
		if _, rows, _ := table(c.bill("20000105")); len(rows) != 1 {
			c.t.Errorf("at nine: %v", rows)
		}
		c.want("an empty day", why(c.bill("20000104")), "FAIL 20002 No Bill Exist")
		for _, day := range []string{"2000-01-05", "20000132", "20000107"} {
			c.want(day, why(c.bill(day)), "FAIL 20001 data format error")
		}
		c.want("a kind nobody knows", why(c.bill("20000105", "bill_type", "SOME")), "FAIL 20001 invalid bill_type")
		c.want("a wrong signature", why(c.bill("20000105", "sign", "00")), "FAIL 20001 SIGN ERROR")
		c.script("downloadbill", Trouble{Code: "CompressGZip Error"})
		c.want("no compression", why(c.bill("20000105")), "FAIL 20007 CompressGZip Error")
		c.g.Script = nil
		c.until("20000406 09:00:00")
		c.want("more than three months", why(c.bill("20000105")), "FAIL 20001 data format error")
	}},
	{64, "columns-rows-and-sums", showBillColumns},
	{64, "gzip-and-half-a-bill", func(c *till) {
		c.until("20000105 12:00:00")
		c.pay("K1-000001")
		c.until("20000106 10:00:00")
		plain, zipped := c.bill("20000105"), c.bill("20000105", "tar_type", "GZIP")
		r, err := gzip.NewReader(strings.NewReader(zipped))
		if err != nil {
			c.t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != plain {
			c.t.Errorf("packed it is %s %v", text, err)
		}
		c.script("downloadbill", Trouble{Forge: "truncated"})
		if half := c.bill("20000105"); len(half) != len(plain)/2 {
			c.t.Errorf("half a bill has %d of %d bytes", len(half), len(plain))
		}
		c.script("downloadbill", Trouble{Cut: true})
		if _, err := c.post(c.t.Context(), "/pay/downloadbill", c.message("bill_date", "20000105")); err == nil {
			c.t.Error("a bill that breaks off was read to its end")
		}
		c.script("downloadbill", Trouble{Forge: "totals"})
		if _, _, sums := table(c.bill("20000105")); sums["总交易额"] != "3.51" {
			c.t.Errorf("the sums are %v", sums)
		}
	}},
	{64, "a-day-is-a-day-in-Beijing", func(c *till) {
		c.until("20000105 23:59:59")
		c.pay("K1-000001")
		time.Sleep(time.Second)
		c.pay("K1-000002")
		c.refund("K1-000001", "R1", "350")
		c.until("20000107 10:00:00")
		_, fifth, _ := table(c.bill("20000105"))
		_, sixth, _ := table(c.bill("20000106"))
		said := func(rows []map[string]string) (s string) {
			for _, r := range rows {
				s += r["交易状态"] + " " + r["商户订单号"] + ";"
			}
			return s
		}
		c.want("the fifth", said(fifth), "SUCCESS K1-000001;")
		c.want("the sixth", said(sixth), "REFUND K1-000001;SUCCESS K1-000002;")
	}},
	{64, "planted-differences", showPlants},
	{64, "the-merchants-purse", showPurse},
	{64, "a-trade-report-is-taken-and-not-signed-for", func(c *till) {
		body, err := c.post(c.t.Context(), "/payitil/report", c.message("interface_url", "https://api.mch.weixin.qq.com/pay/micropay/total",
			"execute_time", "900", "return_code", "SUCCESS", "result_code", "SUCCESS", "user_ip", "127.0.0.1"))
		if m := read(body); err != nil || m["return_code"]+m["result_code"]+m["sign"] != "SUCCESSSUCCESS" {
			c.t.Errorf("a report was answered %s %v", body, err)
		}
	}},
}

func showBillColumns(c *till) {
	c.g.Rules.CouponOneIn = 1 // every payment uses ten fen of coupon
	c.until("20000105 12:00:00")
	c.payAs("K1-000001", "body", "可乐, `冰`", "attach", `a,b"c`)
	c.refund("K1-000001", "R1", "350")
	c.micropay("K1-000002", someCode)
	time.Sleep(15 * time.Second)
	c.reverse("K1-000002")
	c.pay("K1-000003")
	c.native("K1-000004") // nobody pays
	c.until("20000106 10:00:00")
	for _, t := range []struct {
		fresh         bool
		kind          string
		columns, rows int
	}{{false, "ALL", 24, 5}, {true, "ALL", 27, 5}, {false, "SUCCESS", 18, 3}, {true, "SUCCESS", 20, 3}, {false, "REFUND", 26, 2}, {true, "REFUND", 29, 2}} {
		c.g.Rules.NewBill = t.fresh
		names, rows, _ := table(c.bill("20000105", "bill_type", t.kind))
		if len(names) != t.columns || len(rows) != t.rows {
			c.t.Errorf("%s, new %v: %d columns and %d rows, not %d and %d", t.kind, t.fresh, len(names), len(rows), t.columns, t.rows)
		}
	}
	c.g.Rules.NewBill = false
	_, rows, sums := table(c.bill("20000105"))
	for name, want := range map[string]string{"商品名称": "可乐, `冰`", "商户数据包": `a,b"c`, "总金额": "3.50", "代金券或立减优惠金额": "0.10", "手续费": "0.02000",
		"交易状态": "SUCCESS", "交易时间": "2000-01-05 12:00:00", "退款金额": "0.00"} {
		c.want(name, rows[0][name], want)
	}
	states := map[string]string{}
	for _, r := range rows {
		states[r["商户订单号"]] += r["交易状态"] + " " + r["退款金额"] + " " + r["手续费"] + ";"
	}
	c.want("refunded", states["K1-000001"], "SUCCESS 0.00 0.02000;REFUND 3.50 -0.02000;")
	c.want("reversed", states["K1-000002"], "SUCCESS 0.00 0.02000;REVOKED 3.50 -0.02000;")
	for name, want := range map[string]string{"总交易单数": "5", "总交易额": "10.50", "总退款金额": "7.00", "总代金券或立减优惠退款金额": "0.20", "手续费总金额": "0.02000"} {
		c.want(name, sums[name], want)
	}
	c.g.Rules.NewBill = true
	_, rows, sums = table(c.bill("20000105"))
	for name, want := range map[string]string{"应结订单金额": "3.40", "代金券金额": "0.10", "订单金额": "3.50", "申请退款金额": "0.00"} {
		c.want(name, rows[0][name], want)
	}
	for name, want := range map[string]string{"应结订单总金额": "10.20", "退款总金额": "6.80", "订单总金额": "10.50", "申请退款总金额": "7.00"} {
		c.want(name, sums[name], want)
	}
}

func showPurse(c *till) {
	c.g.Rules.Plain = true
	c.until("20000105 12:00:00")
	c.pay("K1-000001")
	c.refund("K1-000001", "R1", "350")
	c.micropay("K1-000002", someCode)
	time.Sleep(15 * time.Second)
	c.reverse("K1-000002")
	c.until("20000106 10:00:00")
	fund := func(pairs ...string) string {
		body, err := c.post(c.t.Context(), "/pay/downloadfundflow", c.message(append([]string{"bill_date", "20000105", "account_type", "Basic"}, pairs...)...))
		if err != nil {
			c.t.Fatal(err)
		}
		return body
	}
	text := fund()
	_, rows, sums := table(text)
	told := ""
	for _, r := range rows {
		told += r["业务类型"] + r["收支类型"] + r["收支金额(元)"] + " " + r["业务凭证号"] + ";"
	}
	c.want("what moved", told, "交易收入3.50 K1-000001;扣除交易手续费支出0.02 K1-000001;退款支出3.48 R1;"+
		"交易收入3.50 K1-000002;扣除交易手续费支出0.02 K1-000002;退款支出3.48 K1-000002;")
	c.want("and its sums", sums["资金流水总笔数"]+" "+sums["收入金额"]+" "+sums["支出金额"]+" "+rows[5]["账户结余(元)"], "6 7.00 7.00 0.00")
	c.want("another purse", why(fund("account_type", "Fees")), "FAIL 20002 No Bill Exist")
	c.want("no purse", why(fund("account_type", "-")), "FAIL 20001 missing parameter")
	c.want("nobody's purse", why(fund("account_type", "Mine")), "FAIL 20001 invalid account_type")
	c.want("signed by MD5", why(fund("sign_type", "MD5")), "FAIL 20001 SIGN ERROR")
	c.script("downloadfundflow", Trouble{Forge: "truncated"})
	c.want("half of it", fund(), text[:len(text)/2])
	c.script("downloadfundflow", Trouble{Forge: "totals"})
	if _, _, sums := table(fund()); sums["收入金额"] != "7.01" {
		c.t.Errorf("the sums are %v", sums)
	}
	c.g.Script = nil
	in := wire{method: "POST", host: "api.mch.weixin.qq.com", path: "/pay/downloadfundflow", noCert: true}
	if a, err := c.g.serve(c.t.Context(), in); err != nil || a.status != 400 {
		c.t.Errorf("without a certificate: %d %v", a.status, err)
	}
}

// payAs pays an order with parameters of its own.
func (c *till) payAs(no string, pairs ...string) {
	c.t.Helper()
	c.want(no, c.phone(c.native(no, pairs...)["code_url"], "pay"), PhonePaid)
}

func showPlants(c *till) {
	c.until("20000105 12:00:00")
	for i := range 6 {
		c.pay(fmt.Sprintf("K1-%06d", i))
	}
	plant := func(kind, no string, fen int64) {
		c.t.Helper()
		if err := c.g.Plant(Plant{Kind: kind, OutTradeNo: no, Fen: fen}); err != nil {
			c.t.Fatal(err)
		}
	}
	plant("paid", "K9-000001", 500)
	plant("refund", "K1-000001", 350)
	plant("amount", "K1-000002", 349)
	plant("missing", "K1-000003", 0)
	plant("doubled", "K1-000004", 0)
	for _, bad := range []Plant{{Kind: "paid", OutTradeNo: "K1-000001"}, {Kind: "missing", OutTradeNo: "K1-000099"}, {Kind: "refund", OutTradeNo: "K1-000001", Fen: 1}, {Kind: "odd"}} {
		if c.g.Plant(bad) == nil {
			c.t.Errorf("planted %v", bad)
		}
	}
	c.want("the stranger's order", c.query("K9-000001"), "SUCCESS")
	c.want("somebody's refund", c.query("K1-000001"), "REFUND")
	c.want("the bill only", c.call("/pay/orderquery", "out_trade_no", "K1-000002")["total_fee"], "350")
	c.until("20000106 10:00:00")
	_, rows, sums := table(c.bill("20000105"))
	seen := map[string]string{}
	for _, r := range rows {
		seen[r["商户订单号"]] += r["交易状态"] + r["总金额"] + " "
	}
	for no, want := range map[string]string{"K9-000001": "SUCCESS5.00 ", "K1-000001": "SUCCESS3.50 REFUND0.00 ", "K1-000002": "SUCCESS3.49 ",
		"K1-000003": "", "K1-000004": "SUCCESS3.50 SUCCESS3.50 ", "K1-000005": "SUCCESS3.50 "} {
		c.want(no, seen[no], want)
	}
	c.want("count", sums["总交易单数"], "8")
	c.want("sum", sums["总交易额"], "25.99")
}

func showBillV3(c *till) {
	d := c.desk()
	c.until("20000105 12:00:00")
	d.pay3("K1-000001")
	c.until("20000106 08:00:00")
	get := func(path string) *v3Answer { return d.ask("GET", "/v3/bill/"+path, "") }
	c.want("early", get("tradebill?bill_date=2000-01-05").word(), "400 STATEMENTCREATING")
	c.until("20000106 10:15:00")
	c.want("empty", get("tradebill?bill_date=2000-01-04").word(), "400 NOSTATEMENTEXIST")
	c.want("layout", get("tradebill?bill_date=20000105").word(), "400 PARAMERROR")
	fetch := func(a *v3Answer) *v3Answer {
		u, err := url.Parse(a.text("download_url"))
		if err != nil || u.Host != "api.mch.weixin.qq.com" {
			c.t.Fatalf("the file is at %s", a.body)
		}
		file, err := d.send(c.t.Context(), "GET", u.RequestURI(), "")
		if err != nil {
			c.t.Fatal(err)
		}
		return file
	}
	plain := get("tradebill?bill_date=2000-01-05&bill_type=ALL")
	file := fetch(plain)
	c.want("the hash", fmt.Sprintf("SHA1 %x", sha1.Sum(file.body)), plain.text("hash_type")+" "+plain.text("hash_value"))
	c.want("the file", d.verify(file.header, file.body), "no signature")
	if _, rows, _ := table(string(file.body)); len(rows) != 1 || rows[0]["商户订单号"] != "K1-000001" {
		c.t.Errorf("the bill is %s", file.body)
	}
	zipped := get("tradebill?bill_date=2000-01-05&tar_type=GZIP")
	r, err := gzip.NewReader(bytes.NewReader(fetch(zipped).body))
	if err != nil {
		c.t.Fatal(err)
	}
	text, _ := io.ReadAll(r)
	c.want("the hash of what is in it", fmt.Sprintf("%x", sha1.Sum(text)), zipped.text("hash_value"))
	c.g.Rules.HashPacked = true
	zipped = get("tradebill?bill_date=2000-01-05&tar_type=GZIP")
	c.want("the variant", fmt.Sprintf("%x", sha1.Sum(fetch(zipped).body)), zipped.text("hash_value"))
	funds := fetch(get("fundflowbill?bill_date=2000-01-05&account_type=BASIC"))
	if !strings.Contains(string(funds.body), "资金流水总笔数") || !strings.Contains(string(funds.body), "`3.50") {
		c.t.Errorf("the fund flow is %s", funds.body)
	}
	late := get("tradebill?bill_date=2000-01-05")
	time.Sleep(31 * time.Second)
	c.want("after half a minute", fetch(late).word(), "404 RESOURCENOTEXISTS")
	c.script("downloadbill", Trouble{Forge: "hash"})
	wrong := get("tradebill?bill_date=2000-01-05")
	if fmt.Sprintf("%x", sha1.Sum(fetch(wrong).body)) == wrong.text("hash_value") {
		c.t.Error("the hash was to be wrong")
	}
	c.script("billfile", Trouble{Forge: "truncated"})
	if half := fetch(get("tradebill?bill_date=2000-01-05")); len(half.body) != len(file.body)/2 {
		c.t.Errorf("half a file has %d of %d bytes", len(half.body), len(file.body))
	}
}
