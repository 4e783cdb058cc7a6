package pay

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// aFlow is an account as the manual shows one: units in full-width brackets, blank lines, counts with a decimal.
func aFlow(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/flows/basic.csv")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func squash(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const theOrder = "K0042-000007ABCDEFGHIJKLMNOPQR"

func flowRows() []FlowRow {
	at := time.Date(2026, 3, 2, 12, 5, 6, 0, beijing)
	return []FlowRow{
		{at, "4200001234202603020000000001", "1900009231201802015884652001", "交易", true, 350, 350, theOrder},
		{at, "4200001234202603020000000001", "1900009231201802015884652002", "扣除交易手续费", false, 2, 348, theOrder},
		{at.Add(61 * time.Second), "50000305742018020103387128253", "1900009231201802015884652186", "退款", false, 348, 0, theOrder + "R1"},
	}
}

func sameFlow(f Flow, want []FlowRow) bool {
	return len(f.Rows) == len(want) && fmt.Sprint(f.Rows) == fmt.Sprint(want)
}

func TestAFundFlowIsReadByTheNamesOfItsColumns(t *testing.T) {
	text := aFlow(t)
	for what, b := range map[string][]byte{"as it is shown": text, "a remark with what ends a field": bytes.Replace(text, []byte("\r\n缺货"), []byte(",`缺货"), 1), "packed": squash(t, text),
		"with plain brackets": bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("（"), []byte("(")), []byte("）"), []byte(")"))} {
		if got, err := ReadFlow(billDay, b); err != nil || !sameFlow(got, flowRows()) {
			t.Errorf("%s: %+v (%v)", what, got.Rows, err)
		}
	}
}

func TestAFundFlowThatDoesNotAddUpIsNone(t *testing.T) {
	text := string(aFlow(t))
	for what, change := range map[string][2]string{
		"a fen more came":          {"`收入,`3.50,", "`收入,`3.51,"},
		"a fen more went":          {"`支出,`0.02,", "`支出,`0.03,"},
		"another total came":       {"`3.5,", "`3.51,"},
		"another total went":       {"`2.0,`3.50\r", "`2.0,`3.5001\r"},
		"a row too many":           {"`3.0,`1.0", "`4.0,`1.0"},
		"half a row":               {"`1.0,`3.5", "`1.5,`3.5"},
		"money neither came":       {"`收入,", "`转移,"},
		"came and went exchanged":  {"`收入,", "`支出,"},
		"a negative movement":      {"`支出,`0.02", "`支出,`-0.02"},
		"a part of a fen":          {"`支出,`0.02", "`支出,`0.021"},
		"a time that is none":      {"2026-03-02 12:06:07", "2026-03-32 12:06:07"},
		"another day":              {"2026-03-02 12:06:07", "2026-03-03 12:06:07"},
		"a column is gone":         {",收支金额（元）", ",金额"},
		"a column is there twice":  {",业务名称,", ",业务类型,"},
		"no totals":                {"资金流水总笔数", "总笔数"},
		"cut short":                {"`3.0,`1.0,`3.5,`2.0,`3.50\r\n", ""},
		"cut within a row":         {"\r\n缺货,`K0042-000007ABCDEFGHIJKLMNOPQRR1", ""},
		"a row without its number": {"`1900009231201802015884652186,", "`,"},
		"no backtick":              {"\n`2026-03-02 12:06", "\n2026-03-02 12:06"},
	} {
		bad := strings.Replace(text, change[0], change[1], 1)
		if bad == text {
			t.Fatalf("%s: changes nothing", what)
		}
		if got, err := ReadFlow(billDay, []byte(bad)); err == nil {
			t.Errorf("%s is taken: %+v", what, got.Rows)
		}
	}
	for name, want := range map[string]error{"none.xml": ErrNoBill, "creating.xml": ErrBillNotReady} {
		if _, err := ReadFlow(billDay, billOf(t, name)); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFundFlowIsDownloadedWithTheCertificateAndByHMAC(t *testing.T) {
	for _, kind := range []string{"MD5", "HMAC-SHA256"} {
		g, b := meet(t)
		b.kind = "HMAC-SHA256" // whatever orders are signed with
		b.says = func(string, map[string]string) map[string]string { return nil }
		b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.Write(squash(t, aFlow(t))) }
		g.Payee = anOrder(sale.Native).Merchant
		g.Payee.SignType = kind
		got, err := g.FundFlow(t.Context(), billDay)
		if err != nil || !sameFlow(got, flowRows()) {
			t.Errorf("%+v, %v", got, err)
		}
		if in := b.last(); in["bill_date"] != "20260302" || in["account_type"] != "Basic" || b.calls[0] != "/pay/downloadfundflow" {
			t.Errorf("asked %v of %v", in, b.calls)
		}
		g.Secapi = nil
		if _, err := g.FundFlow(t.Context(), billDay); err == nil || len(b.calls) != 1 {
			t.Errorf("without a certificate: %v after %v", err, b.calls)
		}
		g.Payee.SubMchID = "1900000109"
		if _, err := g.FundFlow(t.Context(), billDay); !errors.Is(err, errSubFundFlow) {
			t.Errorf("a provider's purse is read: %v", err)
		}
	}
}

func TestAV3FundFlowMustFitItsHash(t *testing.T) {
	file := squash(t, aFlow(t))
	for what, c := range map[string]struct {
		sum  string
		file []byte
		want string
	}{
		"the packed file":   {fmt.Sprintf("%x", sha1.Sum(file)), file, ""},
		"what is in it":     {fmt.Sprintf("%X", sha1.Sum(aFlow(t))), file, ""},
		"another hash":      {strings.Repeat("0", 40), file, "hash"},
		"a file cut short":  {fmt.Sprintf("%x", sha1.Sum(file)), file[:len(file)/2], "cut short"},
		"a file altered":    {fmt.Sprintf("%x", sha1.Sum(file)), squash(t, bytes.Replace(aFlow(t), []byte("3.50"), []byte("3.60"), -1)), "hash"},
		"a hash of nothing": {"", file, "hash"},
	} {
		g, b := meet3(t)
		b.says = func(string, map[string]any) (int, map[string]any) {
			return 200, map[string]any{"hash_type": "SHA1", "hash_value": c.sum, "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc"}
		}
		whole, asked := g.Plain.Transport, ""
		g.Plain = &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/v3/billdownload/file" {
				asked = r.URL.RequestURI()
				return whole.RoundTrip(r)
			}
			w := httptest.NewRecorder()
			w.Write(c.file)
			return w.Result(), nil
		})}
		got, err := g.FundFlow(t.Context(), billDay)
		if good := err == nil && sameFlow(got, flowRows()); good != (c.want == "") || !good && !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v", what, err)
		}
		if asked != "/v3/bill/fundflowbill?account_type=BASIC&bill_date=2026-03-02&tar_type=GZIP" {
			t.Errorf("%s: asked %s", what, asked)
		}
	}
}

func TestThePurseAndTheBillMustAgree(t *testing.T) {
	day := func() (Flow, sale.Bill) {
		at := flowRows()[0].At
		paid := sale.BillRow{State: sale.BillPaid, No: theOrder, Transaction: "4200001234202603020000000001", Fen: 350, At: at}
		back := sale.BillRow{State: sale.BillRefund, No: theOrder, Transaction: paid.Transaction, RefundNo: theOrder + "R1", RefundID: "50000305742018020103387128253",
			RefundFen: 350, RefundState: "SUCCESS", At: at}
		return Flow{billDay, flowRows()}, sale.Bill{Day: billDay, Rows: []sale.BillRow{paid, back}}
	}
	late := time.Date(2026, 3, 2, 23, 59, 59, 0, beijing)
	for what, c := range map[string]struct {
		bend func(f *Flow, b *sale.Bill)
		want map[string]int
	}{
		"an honest day":                     {func(*Flow, *sale.Bill) {}, nil},
		"a payment never came":              {func(f *Flow, _ *sale.Bill) { f.Rows = f.Rows[1:] }, map[string]int{FlowMissing: 1}},
		"a refund never went":               {func(f *Flow, _ *sale.Bill) { f.Rows = f.Rows[:2] }, map[string]int{FlowMissing: 1}},
		"a refund is not through yet":       {func(f *Flow, b *sale.Bill) { f.Rows = f.Rows[:2]; b.Rows[1].RefundState = "PROCESSING" }, nil},
		"a refund went out twice":           {func(f *Flow, _ *sale.Bill) { f.Rows = append(f.Rows, f.Rows[2]) }, map[string]int{FlowDiffers: 1}},
		"more came than was paid":           {func(f *Flow, _ *sale.Bill) { f.Rows[0].Fen++ }, map[string]int{FlowDiffers: 1}},
		"a coupon paid a part":              {func(f *Flow, _ *sale.Bill) { f.Rows[0].Fen -= 50 }, nil},
		"a payment that no bill names":      {func(_ *Flow, b *sale.Bill) { b.Rows = b.Rows[1:] }, map[string]int{FlowUnknown: 1}},
		"a refund that no bill names":       {func(_ *Flow, b *sale.Bill) { b.Rows = b.Rows[:1] }, map[string]int{FlowUnknown: 1}},
		"a refund at midnight":              {func(f *Flow, b *sale.Bill) { b.Rows = b.Rows[:1]; f.Rows[2].At = late }, nil},
		"a payment at midnight":             {func(f *Flow, b *sale.Bill) { f.Rows = f.Rows[2:]; b.Rows[0].At = late }, nil},
		"a withdrawal is no business of it": {func(f *Flow, _ *sale.Bill) { f.Rows[1].Kind = "提现"; f.Rows[1].Business = "9" }, nil},
		"a reversal without a refund's id": {func(f *Flow, b *sale.Bill) {
			b.Rows[1].State, b.Rows[1].RefundID, f.Rows[2].Business = sale.BillRevoked, "", b.Rows[0].Transaction
		}, nil},
	} {
		f, b := day()
		c.bend(&f, &b)
		got := map[string]int{}
		for _, found := range f.Against(b) {
			got[found.Kind]++
			if found.No == "" || found.Fen == 0 || found.Transaction == "" {
				t.Errorf("%s: nobody can look for %+v", what, found)
			}
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: found %v, not %v", what, got, c.want)
		}
	}
}

// FuzzFlow: what is accepted adds up, whatever it is made of, and reads the same packed.
func FuzzFlow(f *testing.F) {
	f.Add(aFlow(f))
	f.Add(bytes.ReplaceAll(aFlow(f), []byte("（元）"), []byte("(元)")))
	f.Add(billOf(f, "none.xml"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ReadFlow(time.Time{}, text)
		if err != nil {
			return
		}
		for _, r := range got.Rows {
			if r.Fen < 0 || r.Number == "" || r.Kind == "" || r.At.IsZero() {
				t.Fatalf("half a row was taken: %+v", r)
			}
		}
		if !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			if again, err := ReadFlow(time.Time{}, squash(t, text)); err != nil || !reflect.DeepEqual(again, got) {
				t.Fatalf("packed it reads otherwise: %v", err)
			}
		}
		_ = got.Against(sale.Bill{}) // does not panic
	})
}
