package pay

import (
	"bytes"
	"compress/gzip"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kiosk/sale"
)

// forgeries are ways to answer that must never count, however right the rest is.
var forgeries = map[string]func(b *booth){
	"no sign":           func(b *booth) { b.forge = func(out map[string]string) { delete(out, "sign") } },
	"an empty sign":     func(b *booth) { b.forge = func(out map[string]string) { out["sign"] = "" } },
	"a wrong sign":      func(b *booth) { b.forge = func(out map[string]string) { out["sign"] = strings.Repeat("A", 64) } },
	"a sign cut short":  func(b *booth) { b.forge = func(out map[string]string) { out["sign"] = out["sign"][:63] } },
	"a lower-case sign": func(b *booth) { b.forge = func(out map[string]string) { out["sign"] = strings.ToLower(out["sign"]) } },
	"a sign of MD5":     func(b *booth) { b.forge = func(out map[string]string) { out["sign"] = sealOf(out, aKey, "MD5") } },
	"another key": func(b *booth) {
		b.forge = func(out map[string]string) { out["sign"] = sealOf(out, aKey+"x", "HMAC-SHA256") }
	},
	"an altered sum":   func(b *booth) { b.forge = func(out map[string]string) { out["total_fee"] = "1" } },
	"an added field":   func(b *booth) { b.forge = func(out map[string]string) { out["zz"] = "1" } },
	"an announced MD5": func(b *booth) { b.forge = announce("MD5") },
	"an odd sign_type": func(b *booth) { b.forge = announce("hmac-sha256") },
	"another appid":    func(b *booth) { b.bend = func(out map[string]string) { out["appid"] = "wx0000000000000000" } },
	"no appid":         func(b *booth) { b.bend = func(out map[string]string) { delete(out, "appid") } },
	"another mch_id":   func(b *booth) { b.bend = func(out map[string]string) { out["mch_id"] = "10000101" } },
	"no mch_id":        func(b *booth) { b.bend = func(out map[string]string) { delete(out, "mch_id") } },
	"a sub_mch_id":     func(b *booth) { b.bend = func(out map[string]string) { out["sub_mch_id"] = "1900000109" } },
	"a sub_appid":      func(b *booth) { b.bend = func(out map[string]string) { out["sub_appid"] = "wxsub" } },
	"another order": func(b *booth) {
		b.bend = func(out map[string]string) { out["out_trade_no"] = "K0042-000008ABCDEFGHIJKLMNOPQR" }
	},
	"no return_code":     func(b *booth) { b.bend = func(out map[string]string) { delete(out, "return_code") } },
	"an odd return_code": func(b *booth) { b.bend = func(out map[string]string) { out["return_code"] = "OK" } },
	"a signed FAIL":      func(b *booth) { b.bend = func(out map[string]string) { out["return_code"] = "FAIL" } },
	"a bare FAIL": func(b *booth) {
		b.forge = func(out map[string]string) {
			clear(out)
			out["return_code"], out["return_msg"] = "FAIL", "签名错误"
		}
	},
	"a doubled element": func(b *booth) { b.send = edit("</xml>", "<result_code><![CDATA[SUCCESS]]></result_code></xml>") },
	"a nested element":  func(b *booth) { b.send = edit("<result_code>", "<result_code><b/>") },
	"a DOCTYPE":         func(b *booth) { b.send = edit("<xml>", "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml>") },
	"an attribute":      func(b *booth) { b.send = edit("<result_code>", "<result_code a=\"b\">") },
	"a comment":         func(b *booth) { b.send = edit("</xml>", "<!-- --></xml>") },
	"trailing text":     func(b *booth) { b.send = edit("</xml>", "</xml>x") },
	"65 KiB":            func(b *booth) { b.send = edit("<xml>", "<xml>"+strings.Repeat(" ", 65<<10)) },
	"a body cut short":  func(b *booth) { b.send = edit("</xml>", "") },
	"a body cut in the middle": func(b *booth) {
		b.send = func(w http.ResponseWriter, _ *http.Request, body []byte) { w.Write(body[:len(body)/2]) }
	},
	"an empty body": func(b *booth) { b.send = func(http.ResponseWriter, *http.Request, []byte) {} },
	"HTTP 500 with a page": func(b *booth) {
		b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { http.Error(w, "<html>oops</html>", 500) }
	},
	"HTTP 500 with a good body": func(b *booth) { b.send = status(500) },
	"HTTP 201 with a good body": func(b *booth) { b.send = status(201) },
	"a login page": func(b *booth) {
		b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.Write([]byte("<html>Wi-Fi login</html>")) }
	},
	"gzip": func(b *booth) {
		b.send = func(w http.ResponseWriter, _ *http.Request, body []byte) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(body)
			z.Close()
		}
	},
	"a redirect": func(b *booth) {
		b.send = func(w http.ResponseWriter, r *http.Request, body []byte) {
			if r.URL.Query().Has("there") {
				w.Write(body)
				return
			}
			http.Redirect(w, r, r.URL.Path+"?there", http.StatusTemporaryRedirect)
		}
	},
}

func announce(kind string) func(out map[string]string) {
	return func(out map[string]string) {
		out["sign_type"] = kind
		out["sign"] = sealOf(out, aKey, strings.ToUpper(kind))
	}
}

func edit(old, new string) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, body []byte) {
		w.Write(bytes.Replace(body, []byte(old), []byte(new), 1))
	}
}

func status(code int) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, body []byte) {
		w.WriteHeader(code)
		w.Write(body)
	}
}

func TestAForgedAnswerNeverCounts(t *testing.T) {
	for what, bend := range forgeries {
		for call, do := range each {
			g, b := meet(t)
			bend(b)
			srv := httptest.NewServer(b)
			g.URL, g.Plain = srv.URL, &http.Client{Transport: Transport(Wire{})}
			g.Secapi = g.Plain
			said, err := do(t.Context(), g)
			if err == nil || said != (sale.Answer{}) {
				t.Errorf("%s by %s was taken for %+v: goods or money would go out for nothing", call, what, said)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\r\n<>") {
				t.Errorf("%s by %s: the error is no plain line: %q", call, what, err)
			}
			g.Plain.CloseIdleConnections()
			srv.Close()
			if n := len(b.calls); n != 1 {
				t.Errorf("%s by %s was sent %d times", call, what, n)
			}
		}
	}
}

// The second question of a refund round is held to the same.
func TestAForgedRefundqueryNeverCounts(t *testing.T) {
	for what, bend := range forgeries {
		g, first := meet(t)
		forged := &booth{key: aKey, kind: "HMAC-SHA256", says: usual}
		bend(forged)
		if what == "an altered sum" {
			forged.forge = func(out map[string]string) { out["refund_fee_0"] = "1" }
		}
		g.Plain = &http.Client{Transport: crossing{"/pay/refundquery": forged, "": first}}
		if said, err := g.Query(t.Context(), owing(anOrder(sale.Native))); err == nil {
			t.Errorf("refunds by %s: %+v", what, said)
		}
		if len(forged.calls) == 0 {
			t.Errorf("refunds by %s: refundquery was not asked", what)
		}
	}
}

// crossing sends each path its own way.
type crossing map[string]http.RoundTripper

func (c crossing) RoundTrip(r *http.Request) (*http.Response, error) {
	if way, ok := c[r.URL.Path]; ok {
		return way.RoundTrip(r)
	}
	return c[""].RoundTrip(r)
}

func TestGoodAnswersComeInManyShapes(t *testing.T) {
	for what, bend := range map[string]func(b *booth){
		"its sign_type":    func(b *booth) { b.bend = func(out map[string]string) { out["sign_type"] = "HMAC-SHA256" } },
		"an unknown field": func(b *booth) { b.bend = func(out map[string]string) { out["zz_new"], out["Zz"] = "x", "y" } },
		"an empty field":   func(b *booth) { b.bend = func(out map[string]string) { out["attach"], out["sub_mch_id"] = "", "" } },
		"err_code SUCCESS": func(b *booth) { b.bend = func(out map[string]string) { out["err_code"] = "SUCCESS" } },
		"a byte order mark": func(b *booth) {
			b.send = edit("<xml>", "\ufeff\r\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<xml>\r\n")
		},
		"bare values": func(b *booth) {
			b.send = func(w http.ResponseWriter, _ *http.Request, body []byte) {
				in, _ := look(body)
				w.Write([]byte("<xml>\n"))
				for name, value := range in {
					w.Write([]byte("<" + name + ">" + xmlEscaper.Replace(value) + "</" + name + ">\n"))
				}
				w.Write([]byte("</xml>\n"))
			}
		},
	} {
		for call, do := range each {
			g, b := meet(t)
			bend(b)
			if said, err := do(t.Context(), g); err != nil || said.Outcome == "" {
				t.Errorf("%s with %s is lost: %v", call, what, err)
			}
		}
	}
}

func TestSubMerchantsMustBeEchoed(t *testing.T) {
	for _, name := range []string{"sub_appid", "sub_mch_id"} {
		for _, value := range []string{"", "another"} {
			g, b := meet(t)
			b.bend = func(out map[string]string) { out[name] = value }
			o := anOrder(sale.Native)
			o.Merchant.SubAppID, o.Merchant.SubMchID = "wxsub", "1900000109"
			if said, err := g.Query(t.Context(), o); err == nil {
				t.Errorf("%s %q was taken for %+v", name, value, said)
			}
		}
	}
}

func TestARefusedSignatureSaysWhatToCheck(t *testing.T) {
	g, b := meet(t)
	b.forge = func(out map[string]string) {
		clear(out)
		maps.Copy(out, map[string]string{"return_code": "FAIL", "return_msg": "签名错误"})
	}
	_, err := g.Query(context.Background(), anOrder(sale.Native))
	if err == nil || err.Error() != "query the order: the gateway refuses the signature: check pay.key_file and pay.sign_type (unsigned: \"签名错误\")" {
		t.Errorf("a wrong key is told as %v", err)
	}
}
