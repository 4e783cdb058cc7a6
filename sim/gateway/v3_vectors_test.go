package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAuthorizationIsFiveQuotedValues(t *testing.T) {
	good := v3Scheme + ` mchid="1",nonce_str="2",timestamp="3",serial_no="4",signature="a=="`
	if part, ok := parseAuthorization(good); !ok || part["signature"] != "a==" {
		t.Errorf("%v %v", part, ok)
	}
	for _, bad := range []string{"", v3Scheme, strings.Replace(good, "RSA2048", "SM3", 1), strings.Replace(good, `"1"`, "1", 1), strings.Replace(good, ",", ", ", 1),
		good + `,mchid="1"`, good + `,more="1"`, strings.Replace(good, `timestamp="3",`, "", 1), strings.Replace(good, " ", "  ", 1)} {
		if _, ok := parseAuthorization(bad); ok {
			t.Errorf("taken: %s", bad)
		}
	}
}

// A street has its gateway below a path of its own; its clients may sign either path.
func TestV3OnASocketBelowAPath(t *testing.T) {
	c := newTill(t)
	server := httptest.NewServer(http.StripPrefix("/gateway", c.g))
	defer server.Close()
	for _, signs := range []string{"/gateway/v3/certificates", "/v3/certificates"} {
		d := c.desk()
		d.spoil = func(p map[string]string) { p["path"] = signs }
		got, err := d.over(server.URL+"/gateway", "GET", "/v3/certificates", "")
		if err != nil || got.StatusCode != 200 || got.Header.Get("Wechatpay-Signature") == "" {
			t.Errorf("signed %s: %v %v", signs, got, err)
		}
	}
	d := c.desk()
	c.pay("K1-000001")
	c.g.Rules.BillFrom = "00:00"
	tomorrow := time.Now().Add(24 * time.Hour)
	c.g.Now = func() time.Time { return tomorrow }
	d.spoil = func(p map[string]string) { p["timestamp"] = fmt.Sprint(tomorrow.Unix()) }
	day := time.Now().In(beijing).Format(time.DateOnly)
	res, err := d.over(server.URL+"/gateway", "GET", "/v3/bill/tradebill?bill_date="+day, "")
	var said struct {
		Address string `json:"download_url"`
	}
	if err != nil || json.NewDecoder(res.Body).Decode(&said) != nil || !strings.HasPrefix(said.Address, server.URL+"/gateway/v3/billdownload/file?") {
		t.Errorf("the bill of a mounted gateway is at %q (%v)", said.Address, err)
	}
}
