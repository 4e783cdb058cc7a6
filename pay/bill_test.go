package pay

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

var billDay = time.Date(2026, 3, 2, 0, 0, 0, 0, beijing)

func billOf(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/bills/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func numbered(n int) sale.No { return sale.No(fmt.Sprintf("K0042-00000%dABCDEFGHIJKLMNOPQR", n)) }

func tx(n int) string { return fmt.Sprintf("420000123420260302000000000%d", n) }

func aRow(state string, n int, fen, back sale.Fen, at string) sale.BillRow {
	when, err := time.ParseInLocation(time.TimeOnly, at, beijing)
	if err != nil {
		panic(err)
	}
	h, m, s := when.Clock()
	r := sale.BillRow{State: state, No: numbered(n), Transaction: tx(n), Fen: fen, RefundFen: back, Currency: "CNY",
		AppID: "wxd930ea5d5a258f4f", MchID: "10000100", Device: "K0042", At: time.Date(2026, 3, 2, h, m, s, 0, beijing)}
	return r
}

func bentRow(r sale.BillRow, bend func(r *sale.BillRow)) sale.BillRow { bend(&r); return r }

func repaidUnder(no, id, state string) func(*sale.BillRow) {
	return func(r *sale.BillRow) { r.RefundNo, r.RefundID, r.RefundState = no, id, state }
}

var readBills = map[string][]sale.BillRow{
	"all-old.csv": {
		aRow(sale.BillPaid, 1, 350, 0, "00:00:00"),
		bentRow(aRow(sale.BillPaid, 2, 1, 0, "09:10:11"), func(r *sale.BillRow) { r.No, r.Device = "1415635270", "1000" }),
		aRow(sale.BillPaid, 3, 650, 0, "12:00:00"),
		bentRow(aRow(sale.BillRevoked, 3, 0, 650, "12:01:00"), repaidUnder("", "5000001", "SUCCESS")),
		bentRow(aRow(sale.BillRefund, 1, 0, 350, "23:59:59"), repaidUnder(string(numbered(1))+"R1", "5000002", "SUCCESS")),
	},
	"all-new.csv": {
		bentRow(aRow(sale.BillPaid, 1, 350, 0, "08:35:41"), func(r *sale.BillRow) { r.Device = "" }),
		bentRow(aRow(sale.BillPaid, 2, 200, 0, "10:00:00"), func(r *sale.BillRow) { r.SubMchID = "1900000109" }),
		bentRow(aRow(sale.BillRefund, 2, 0, 200, "10:00:30"), func(r *sale.BillRow) {
			r.SubMchID = "1900000109"
			repaidUnder(string(numbered(2))+"R1", "5000003", "PROCESSING")(r)
		}),
	},
	"success.csv": {bentRow(aRow(sale.BillPaid, 4, 1, 0, "18:46:41"), func(r *sale.BillRow) { r.Device = "" })},
	"refund.csv": {
		bentRow(aRow(sale.BillRefund, 5, 0, 1, "20:53:40"), func(r *sale.BillRow) {
			r.Device = ""
			repaidUnder(string(numbered(5))+"R1", "5000004", "SUCCESS")(r)
		}),
		bentRow(aRow(sale.BillRefund, 6, 0, 201, "20:54:36"), func(r *sale.BillRow) {
			r.Device = ""
			repaidUnder("other-refund-7", "5000005", "PROCESSING")(r)
		}),
	},
}

func TestBillsAreReadByTheNamesOfTheirColumns(t *testing.T) {
	readBills["all-old.csv.gz"] = readBills["all-old.csv"]
	for name, want := range readBills {
		got, err := ReadBill(billDay, billOf(t, name))
		if err != nil {
			t.Errorf("%s: nobody learns what the day brought: %v", name, err)
			continue
		}
		if !got.Day.Equal(billDay) || len(got.Rows) != len(want) {
			t.Fatalf("%s: %d rows of %v", name, len(got.Rows), got.Day)
		}
		for i := range want {
			if !reflect.DeepEqual(got.Rows[i], want[i]) {
				t.Errorf("%s row %d:\n got %+v\nwant %+v", name, i+1, got.Rows[i], want[i])
			}
		}
	}
	manual, err := ReadBill(time.Date(2014, 11, 10, 0, 0, 0, 0, beijing), billOf(t, "manual.csv"))
	if err != nil || len(manual.Rows) != 2 || manual.Rows[1].Fen != 1 {
		t.Errorf("the manual's sample: %+v, %v", manual.Rows, err)
	}
}

// The same day in other line ends, with or without a mark, packed or not.
func TestABillMayComeInManyShapes(t *testing.T) {
	plainText := billOf(t, "all-old.csv")
	for name, b := range map[string][]byte{
		"CRLF":             bytes.ReplaceAll(plainText, []byte("\n"), []byte("\r\n")),
		"a mark":           append([]byte("\ufeff"), plainText...),
		"no last line end": bytes.TrimSpace(plainText),
		"blank lines":      append(append([]byte("\n"), plainText...), "\r\n \n"...),
		"packed":           pack(plainText),
		"a two-line text":  bytes.Replace(plainText, []byte("附加,数据`包"), []byte("附加\n数据,`包"), 1),
		"other columns": bytes.ReplaceAll(bytes.ReplaceAll(plainText, []byte(",费率\n"), []byte(",费率,新列\n")),
			[]byte("`0.60%\n"), []byte("`0.60%,`x\n")),
	} {
		got, err := ReadBill(billDay, b)
		if err != nil || !reflect.DeepEqual(got.Rows, readBills["all-old.csv"]) {
			t.Errorf("%s: %d rows, %v", name, len(got.Rows), err)
		}
	}
	empty := bytes.Split(plainText, []byte("\n"))
	none, err := ReadBill(billDay, []byte(string(empty[0])+"\n"+string(empty[6])+"\n`0,`0.00,`0.00,`0.00,`0.00000\n"))
	if err != nil || len(none.Rows) != 0 {
		t.Errorf("a day without sales: %+v, %v", none.Rows, err)
	}
}

// A reversed payment goes back whole. Some bills write the sum that went back, others only the sum of the payment.
func TestAReversedPaymentGoesBackWhole(t *testing.T) {
	old := string(billOf(t, "all-old.csv"))
	for what, c := range map[string]struct {
		cells, totals string
		fen           sale.Fen
	}{
		"the sum that went back":   {"`0.00,`0.00,`5000001,`0,`6.50,`0.00", "`10.01,`10.00", 0},
		"the sum of the payment":   {"`6.50,`0.00,`5000001,`0,`0.00,`0.00", "`16.51,`3.50", 650},
		"that one, nothing beside": {"`6.50,`0.00,`5000001,`0,`,`0.00", "`16.51,`3.50", 650},
		"both":                     {"`6.50,`0.00,`5000001,`0,`6.50,`0.00", "`16.51,`10.00", 650},
	} {
		text := strings.Replace(strings.Replace(old, "`0.00,`0.00,`5000001,`0,`6.50,`0.00", c.cells, 1), "`10.01,`10.00", c.totals, 1)
		got, err := ReadBill(billDay, []byte(text))
		if err != nil || len(got.Rows) != 5 {
			t.Fatalf("%s: %d rows, %v", what, len(got.Rows), err)
		}
		if r := got.Rows[3]; r.State != sale.BillRevoked || r.RefundFen != 650 || r.Fen != c.fen {
			t.Errorf("%s: of 6.50 yuan taken back by a reverse the bill is read as %s back: the owner looks for money that is not missing", what, r.RefundFen.Yuan())
		}
	}
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestABillThatDoesNotAddUpIsNoBill(t *testing.T) {
	old := string(billOf(t, "all-old.csv"))
	swap := func(from, to string) []byte {
		if !strings.Contains(old, from) {
			t.Fatalf("the bill has no %s", from)
		}
		return []byte(strings.Replace(old, from, to, 1))
	}
	rows := strings.SplitAfter(old, "\n")
	packed := pack([]byte(old))
	for what, b := range map[string][]byte{
		"nothing":               nil,
		"blank":                 []byte(" \n"),
		"a fen more":            swap("`3.50,`0.50,`0", "`3.51,`0.50,`0"),
		"a fen more back":       swap("`3.50,`0.50,`ORIGINAL", "`3.51,`0.50,`ORIGINAL"),
		"a fen in the fees":     swap("`0.04000", "`0.04001"),
		"half a fen":            swap("`6.50,`0.00,`0", "`6.505,`0.00,`0"),
		"a row too few":         []byte(strings.Join(append(append([]string{}, rows[:2]...), rows[3:]...), "")),
		"a row twice":           []byte(strings.Join(append(append([]string{}, rows[:3]...), rows[2:]...), "")),
		"another count":         swap("`5,`10.01", "`6,`10.01"),
		"no totals":             []byte(strings.Join(rows[:6], "")),
		"half of it":            []byte(old[:len(old)/2]),
		"all but the last line": []byte(strings.Join(rows[:7], "")),
		"half of it packed":     packed[:len(packed)/2],
		"packed and bent":       append(append([]byte{}, packed[:40]...), packed[41:]...),
		"text behind the end":   []byte(old + "`1,`2\n"),
		"a column doubled":      swap("设备号", "商户号"),
		"a column lost":         swap("微信订单号", "订单"),
		"a row of words":        swap("`2026-03-02 12:00:00", "2026-03-02 12:00:00"),
		"no time":               swap("`2026-03-02 12:00:00", "`12:00:00"),
		"no number":             swap("`1415635270", "`"),
		"a sum in words":        swap("`6.50,`0.00,`0", "`six,`0.00,`0"),
		"no sum":                swap("`6.50,`0.00,`0", "`,`0.00,`0"),
		"a huge sum":            swap("`6.50,`0.00,`0", "`99999999999999999999.00,`0.00,`0"),
		"a broken total":        swap("`5,`10.01", "`5,`10.0x"),
		"no UTF-8":              swap("可乐", "\xbf\xc9"),
		"JSON":                  []byte(`{"code":"NO_STATEMENT_EXIST","message":"账单文件不存在"}`),
		"a page":                []byte("<html><body>502 Bad Gateway</body></html>"),
		"an XXE":                []byte(`<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><return_msg>No Bill Exist</return_msg></xml>`),
	} {
		if got, err := ReadBill(billDay, b); err == nil || len(got.Rows) != 0 {
			t.Errorf("%s: a clerk would trust %d rows", what, len(got.Rows))
		} else if errors.Is(err, ErrNoBill) || errors.Is(err, ErrBillNotReady) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := ReadBill(billDay.AddDate(0, 0, 1), []byte(old)); err == nil || !strings.Contains(err.Error(), "another day") {
		t.Errorf("the bill of another day: %v", err)
	}
}

func TestTheGatewaySaysThatThereIsNoBillInManySpellings(t *testing.T) {
	word := func(msg, code string) []byte {
		return []byte("<xml><return_code>FAIL</return_code><return_msg>" + msg + "</return_msg><error_code>" + code + "</error_code></xml>")
	}
	for what, c := range map[string]struct {
		b    []byte
		want error
	}{
		"none.xml": {billOf(t, "none.xml"), ErrNoBill}, "creating.xml": {billOf(t, "creating.xml"), ErrBillNotReady},
		"No": {word("No Bill Exist", "20002"), ErrNoBill}, "lower": {word("no bill exist", ""), ErrNoBill},
		"a code alone": {word("", "20002"), ErrNoBill}, "creating": {word("Bill Creating", "20003"), ErrBillNotReady},
		"a mark": {append([]byte("\ufeff\r\n"), word("No Bill Exist", "20002")...), ErrNoBill}, "packed": {pack(word("NO BILL EXIST", "")), ErrNoBill},
		"trouble": {word("SYSTEMERROR", "20001"), nil}, "a bad date": {word("data format error", "20001"), nil}, "a canary": {word("canary", "canary!"), nil},
	} {
		_, err := ReadBill(billDay, c.b)
		if c.want != nil && !errors.Is(err, c.want) || err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", what, err)
		}
		if c.want == nil && (errors.Is(err, ErrNoBill) || errors.Is(err, ErrBillNotReady)) {
			t.Errorf("%s counts as a day without a bill: %v", what, err)
		}
	}
}

func TestAHashedBillMustFitItsHash(t *testing.T) {
	text := billOf(t, "all-old.csv")
	packed := pack(text)
	sum := func(b []byte) string { return fmt.Sprintf("%x", sha1.Sum(b)) }
	for what, c := range map[string]struct {
		b          []byte
		kind, hash string
		good       bool
	}{
		"plain": {text, "SHA1", sum(text), true}, "the packed bytes": {packed, "SHA1", sum(packed), true},
		"what is in them": {packed, "SHA1", strings.ToUpper(sum(text)), true},
		"another's":       {text, "SHA1", sum([]byte("x")), false}, "none": {text, "SHA1", "", false},
		"another way": {text, "MD5", sum(text), false}, "half of it": {text[:len(text)/2], "SHA1", sum(text), false},
	} {
		err := checkHash(c.b, c.kind, c.hash)
		if err == nil {
			_, err = ReadBill(billDay, c.b)
		}
		if (err == nil) != c.good {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestABillIsDownloaded(t *testing.T) {
	g, b := meet(t)
	b.says = func(string, map[string]string) map[string]string { return nil }
	b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.Write(billOf(t, "all-old.csv.gz")) }
	g.Payee = anOrder(sale.Native).Merchant
	got, err := g.Bill(t.Context(), billDay)
	if err != nil || !reflect.DeepEqual(got.Rows, readBills["all-old.csv"]) {
		t.Errorf("nobody learns what the day brought: %v", err)
	}
	if in := b.last(); in["bill_date"] != "20260302" || in["bill_type"] != "ALL" || in["tar_type"] != "GZIP" || in["mch_id"] != "10000100" || b.calls[0] != "/pay/downloadbill" {
		t.Errorf("asked %v of %v", in, b.calls)
	}
	for name, want := range map[string]error{"none.xml": ErrNoBill, "creating.xml": ErrBillNotReady} {
		b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.Write(billOf(t, name)) }
		if _, err := g.Bill(t.Context(), billDay); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { http.Error(w, "canary", http.StatusBadGateway) }
	if _, err := g.Bill(t.Context(), billDay); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}

// A day of a busy merchant is longer than any other answer.
func TestALongBillIsReadWhole(t *testing.T) {
	lines := strings.SplitAfter(string(billOf(t, "success.csv")), "\n")
	const sales = 5000
	text := lines[0] + strings.Repeat(lines[1], sales) + lines[2] + fmt.Sprintf("`%d,`50.00,`0.00,`0.00,`0.00000,`50.00,`0.00", sales)
	g, b := meet(t)
	b.says = func(string, map[string]string) map[string]string { return nil }
	b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.Write([]byte(text)) }
	g.Payee = anOrder(sale.Native).Merchant
	got, err := g.Bill(t.Context(), billDay)
	if err != nil || len(got.Rows) != sales {
		t.Errorf("%d of %d rows, %v", len(got.Rows), sales, err)
	}
}

func TestAV3BillIsDownloaded(t *testing.T) {
	file := billOf(t, "all-old.csv.gz")
	for what, c := range map[string]struct {
		status int
		says   map[string]any
		file   []byte
		want   string
	}{
		"a bill":           {200, map[string]any{"hash_type": "SHA1", "hash_value": fmt.Sprintf("%x", sha1.Sum(file)), "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc&tartype=gzip"}, file, ""},
		"another file":     {200, map[string]any{"hash_type": "SHA1", "hash_value": "00", "download_url": "https://x/v3/billdownload/file?token=abc"}, file, "hash"},
		"another host":     {200, map[string]any{"hash_type": "SHA1", "hash_value": "00", "download_url": "https://evil.example/file"}, file, "download_url"},
		"no address":       {200, map[string]any{"hash_type": "SHA1", "hash_value": "00"}, file, "download_url"},
		"no bill":          {400, map[string]any{"code": "NO_STATEMENT_EXIST", "message": "x"}, nil, ErrNoBill.Error()},
		"an older word":    {400, map[string]any{"code": "NOSTATEMENTEXIST", "message": "x"}, nil, ErrNoBill.Error()},
		"not ready":        {400, map[string]any{"code": "STATEMENT_CREATING", "message": "x"}, nil, ErrBillNotReady.Error()},
		"a refusal":        {403, map[string]any{"code": "NO_AUTH", "message": "canary"}, nil, "NO_AUTH"},
		"a word of secret": {403, map[string]any{"code": "canary!", "message": "canary"}, nil, "unknown word"},
	} {
		g, b := meet3(t)
		asked := ""
		b.says = func(call string, in map[string]any) (int, map[string]any) { return c.status, c.says }
		b.forge = nil
		whole := g.Plain.Transport
		g.Plain = &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/v3/billdownload/file" {
				return whole.RoundTrip(r)
			}
			asked = r.URL.RequestURI() + " " + r.Host
			if !strings.HasPrefix(r.Header.Get("Authorization"), "WECHATPAY2-SHA256-RSA2048 ") {
				t.Errorf("%s: the file is asked for without a signature", what)
			}
			w := httptest.NewRecorder()
			w.Write(c.file)
			return w.Result(), nil
		})}
		got, err := g.Bill(context.Background(), billDay)
		switch {
		case c.want == "" && (err != nil || !reflect.DeepEqual(got.Rows, readBills["all-old.csv"])):
			t.Errorf("%s: %v", what, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary")):
			t.Errorf("%s: %v", what, err)
		case c.want == "" && asked != "/v3/billdownload/file?token=abc&tartype=gzip gateway":
			t.Errorf("%s: the file was asked for at %s", what, asked)
		}
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// spell writes a bill in the columns of new accounts.
func spell(b sale.Bill) []byte {
	var text strings.Builder
	text.WriteString("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,交易状态,货币种类,应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,商品名称,商户数据包,订单金额,申请退款金额\n")
	var fen, back sale.Fen
	for _, r := range b.Rows {
		text.WriteString("`" + strings.Join([]string{r.At.Format(time.DateTime), r.AppID, r.MchID, r.SubMchID, r.Device, r.Transaction, string(r.No), r.State, r.Currency,
			r.Fen.Yuan(), r.RefundID, r.RefundNo, r.RefundFen.Yuan(), r.RefundState, "a,`b", "", r.Fen.Yuan(), r.RefundFen.Yuan()}, ",`") + "\n")
		fen, back = fen+r.Fen, back+r.RefundFen
	}
	fmt.Fprintf(&text, "总交易单数,应结订单总金额,退款总金额,订单总金额,申请退款总金额\n`%d,`%s,`%s,`%[2]s,`%[3]s", len(b.Rows), fen.Yuan(), back.Yuan())
	return []byte(text.String())
}

// A bill that was accepted is written anew, packed or not, and read again: it says the same, and one fen more is noticed.
func FuzzBill(f *testing.F) {
	for _, name := range []string{"all-old.csv", "all-old.csv.gz", "all-new.csv", "success.csv", "refund.csv", "manual.csv", "none.xml"} {
		f.Add(billOf(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ReadBill(time.Time{}, text)
		if err != nil {
			return
		}
		again, err := ReadBill(time.Time{}, text)
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("two readings of one bill differ: %v", err)
		}
		for _, r := range got.Rows {
			if r.No == "" || r.Transaction == "" || r.State == "" || r.At.IsZero() {
				t.Fatalf("half a row was taken: %+v", r)
			}
		}
		anew := spell(got)
		if !spellable(got) {
			return
		}
		back, err := ReadBill(time.Time{}, pack(anew))
		if err != nil || !reflect.DeepEqual(back.Rows, got.Rows) {
			t.Fatalf("written anew it reads otherwise: %v\n%+v\n%+v", err, got.Rows, back.Rows)
		}
		if len(got.Rows) > 0 {
			got.Rows[0].Fen++
			more := spell(got)
			i := bytes.LastIndexByte(anew, '\n')
			if _, err := ReadBill(time.Time{}, append(more[:bytes.LastIndexByte(more, '\n')], anew[i:]...)); err == nil && got.Rows[0].State != sale.BillRefund {
				t.Fatal("a fen more was not noticed")
			}
		}
	})
}

// spellable: no field holds what would end it, and no time falls out of the calendar.
func spellable(b sale.Bill) bool {
	for _, r := range b.Rows {
		for _, s := range []string{r.State, string(r.No), r.Transaction, r.RefundNo, r.RefundID, r.RefundState, r.Currency, r.AppID, r.MchID, r.SubMchID, r.Device} {
			if strings.ContainsAny(s, "`\n\r") || s == "0" || strings.TrimSpace(s) != s {
				return false
			}
		}
		if r.State == sale.BillRevoked {
			return false // what went back may stand for the sum
		}
		if r.At.Year() < 1 || r.Fen < -1e9 || r.Fen > 1e9 || r.RefundFen < -1e9 || r.RefundFen > 1e9 {
			return false
		}
	}
	return true
}
