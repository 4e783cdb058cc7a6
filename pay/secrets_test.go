package pay

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A canary sits in everything that is secret; no error may sing.
func TestNoErrorTellsASecret(t *testing.T) {
	const openid, page = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "canarypage"
	bends := map[string]func(b *booth){
		"an unsigned refusal": func(b *booth) {
			b.forge = func(out map[string]string) {
				clear(out)
				out["return_code"], out["return_msg"] = "FAIL", page+openid+aCode
			}
		},
		"an unknown code": func(b *booth) {
			b.bend = func(out map[string]string) { out["result_code"], out["err_code"] = "FAIL", page+openid }
		},
		"a coded secret": func(b *booth) {
			b.bend = func(out map[string]string) { out["result_code"], out["err_code"] = "FAIL", page+aCode }
		},
		"a bare code": func(b *booth) {
			b.bend = func(out map[string]string) { out["result_code"], out["err_code"] = "FAIL", aCode }
		},
		"an unknown state": func(b *booth) {
			b.bend = func(out map[string]string) { out["trade_state"], out["recall"] = page+openid, page }
		},
		"odd fields": func(b *booth) {
			b.bend = func(out map[string]string) { out["total_fee"], out["time_end"], out["appid"] = page, page, page }
		},
		"a broken protocol": func(b *booth) { b.send = garble("HTTP/9.9 " + page + openid + "\r\n\r\n") },
		"a broken header":   func(b *booth) { b.send = garble("HTTP/1.1 200 OK\r\n" + page + openid + "\r\n\r\n") },
		"no protocol":       func(b *booth) { b.send = garble("<xml>" + page + openid + "</xml>") },
		"a broken length":   func(b *booth) { b.send = garble("HTTP/1.1 200 OK\r\nContent-Length: " + page + "\r\n\r\n") },
		"a moved page": func(b *booth) {
			b.send = func(w http.ResponseWriter, r *http.Request, _ []byte) {
				http.Redirect(w, r, "http://"+page+"/?"+openid, http.StatusFound)
			}
		},
		"a page": func(b *booth) {
			b.send = func(w http.ResponseWriter, _ *http.Request, _ []byte) {
				http.Error(w, page+openid, http.StatusServiceUnavailable)
			}
		},
	}
	for name, bend := range forgeries {
		bends["forged: "+name] = bend
	}
	n := 0
	for what, bend := range bends {
		for call, do := range each {
			g, b := meet(t)
			bend(b)
			srv := httptest.NewServer(b)
			g.URL, g.Plain = strings.Replace(srv.URL, "//", "//user:canarypass@", 1)+"/?canaryquery=", &http.Client{Transport: Transport(Wire{})}
			if !strings.HasPrefix(what, "a moved") {
				g.URL = srv.URL
			}
			g.Secapi = g.Plain
			_, err := do(t.Context(), g)
			srv.Close()
			if err != nil {
				n++
				quiet(t, call+", "+what, err)
			}
		}
	}
	for call, do := range each {
		for _, bad := range []error{errors.New(page + openid), &net.OpError{Op: page, Err: errors.New(aCode)}, &net.DNSError{Err: page, Name: openid}} {
			g, _ := meet(t)
			g.URL = "http://gateway/?canaryquery"
			g.Plain = &http.Client{Transport: broken{bad}}
			g.Secapi = g.Plain
			_, err := do(t.Context(), g)
			quiet(t, call, err)
			n++
		}
		g, _ := meet(t)
		g.URL = "ht tp://canaryquery"
		_, err := do(t.Context(), g)
		quiet(t, call, err)
	}
	if n < 200 {
		t.Errorf("only %d errors were heard", n)
	}
}

func quiet(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, secret := range []string{aKey, aCode, "oUpF8uMuAJO", "canary", "<", "\n", "?", "%!"} {
		if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(secret)) {
			t.Errorf("%s: the log would hold %q: %v", what, secret, err)
		}
	}
}

// garble answers raw bytes.
func garble(raw string) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		c, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		out.WriteString(raw)
		out.Flush()
		c.Close()
	}
}
