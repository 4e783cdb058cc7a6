package house_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/sim/gateway"
)

const flowKey = "192006250b4c09247ec02edce69f6a2d"

// purse is a client that can ask for the merchant's own account.
type purse interface {
	sale.Gateway
	Bill(context.Context, time.Time) (sale.Bill, error)
	FundFlow(context.Context, time.Time) (pay.Flow, error)
}

// purses are both clients at one gateway.
func purses(t *testing.T, gate *gateway.Gateway) map[string]purse {
	t.Helper()
	wire := &http.Client{Transport: gate}
	cert, key := gate.Merchant()
	serial, own, err := pay.ReadMerchant(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	payee := sale.Merchant{API: "v2", AppID: gate.AppID, MchID: gate.MchID, SignType: "MD5", Key: pay.Fingerprint(flowKey)}
	payee3 := sale.Merchant{API: "v3", AppID: gate.AppID, MchID: gate.MchID, Key: pay.Fingerprint(gateway.TestAPIv3Key)}
	return map[string]purse{
		"v2": &pay.V2{URL: "https://gateway", Payee: payee, Key: flowKey, NotifyURL: "https://pay.example/n", IP: "10.0.0.1", Plain: wire, Secapi: wire},
		"v3": &pay.V3{URL: "https://gateway", Payee: payee3, APIv3Key: gateway.TestAPIv3Key, MerchantSerial: serial, Merchant: own, NotifyURL: "https://pay.example/n", IP: "10.0.0.1", Plain: wire},
	}
}

// The purse and the trade bill of one day agree under either API; a refund that the bill leaves out is found.
func TestTheMerchantsPurseAgreesWithTheBill(t *testing.T) {
	for _, api := range []string{"v2", "v3"} {
		synctest.Test(t, func(t *testing.T) {
			gate := &gateway.Gateway{AppID: "wxd930ea5d5a258f4f", MchID: "10000100", Key: flowKey, Seed: 11}
			g := purses(t, gate)[api]
			ctx := t.Context()
			time.Sleep(12 * time.Hour)
			for i, fen := range []sale.Fen{350, 100, 250} {
				o := sale.Order{No: sale.Number("K0042", i, "ABCDEFGHIJKLMNOPQRSTUV"), Means: sale.Native, Slot: 1, Name: "可乐", Fen: fen}
				switch c := g.(type) {
				case *pay.V2:
					o.Merchant = c.Payee
				case *pay.V3:
					o.Merchant = c.Payee
				}
				said, err := g.Ask(ctx, o)
				if err != nil {
					t.Fatal(err)
				}
				gate.Pay(said.CodeURL, "pay")
				if said, err = g.Query(ctx, o); err != nil || said.Outcome != sale.OutcomePaid {
					t.Fatalf("%s: %+v %v", api, said, err)
				}
				if o.Money = said.Money; i == 2 {
					o.State, o.RefundNo, o.Round, o.RefundFen = sale.Refunding, string(o.No)+"R1", 1, fen
					if _, err := g.Refund(ctx, o); err != nil {
						t.Fatal(err)
					}
				}
			}
			day := time.Date(2000, 1, 1, 0, 0, 0, 0, beijing)
			time.Sleep(24 * time.Hour)
			flow, err := g.FundFlow(ctx, day)
			bill, bad := g.Bill(ctx, day)
			if err != nil || bad != nil || len(bill.Rows) != 4 {
				t.Fatalf("%s: %v %v %+v", api, err, bad, bill.Rows)
			}
			kinds := map[string]int{}
			for _, r := range flow.Rows {
				kinds[r.Kind]++
			}
			if kinds["交易"] != 3 || kinds["退款"] != 1 {
				t.Errorf("%s: the purse moved %v", api, kinds)
			}
			if found := flow.Against(bill); len(found) != 0 {
				t.Errorf("%s: an honest day: %+v", api, found)
			}
			last := len(bill.Rows) - 1
			bill.Rows = bill.Rows[:last]
			if found := flow.Against(bill); len(found) != 1 || found[0].Kind != pay.FlowUnknown {
				t.Errorf("%s: money went out that no bill names, and what is found is %+v", api, found)
			}
			if v := gate.Violations(); len(v) != 0 {
				t.Errorf("%s: %v", api, v)
			}
		})
	}
}
