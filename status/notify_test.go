package status

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func post(path, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "pay.shop.example", "101.226.103.7:40000"
	return r
}

func TestANoticeComesUnderAnyNameAndFromNoBrowser(t *testing.T) {
	h := newHouse()
	taken := 0
	h.NotifyV2 = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { taken++ })
	h.h = h.Handler()
	for _, site := range []string{"", "cross-site"} {
		r := post("/notify/v2", "<xml/>")
		r.Header.Set("Sec-Fetch-Site", site)
		r.Header.Set("Origin", "https://pay.weixin.qq.com")
		if w := h.do(r); w.Code != 200 {
			t.Errorf("the bank's notice is refused: %d %s", w.Code, w.Body)
		}
	}
	for _, path := range []string{"/notify/v3", "/notify/v2/", "/notify/", "/notify", "/service/clear", "/"} {
		if w := h.do(post(path, "<xml/>")); w.Code < 400 {
			t.Errorf("%s under a stranger's name: %d", path, w.Code)
		}
	}
	if taken != 2 {
		t.Errorf("%d notices were taken", taken)
	}
}
