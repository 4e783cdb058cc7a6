package hw

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script is what a module may send, in time: every case the scan line must bear, by name.
var script = []struct {
	name string
	play func(send func(string), arm func(bool))
	want []string
}{
	{"code and CR", func(send func(string), _ func(bool)) { send(wechat + "\r") }, []string{wechat}},
	{"code and CRLF", func(send func(string), _ func(bool)) { send(wechat + "\r\n") }, []string{wechat}},
	{"code without an end, then 60 ms of nothing", func(send func(string), _ func(bool)) {
		send(wechat)
		time.Sleep(scanGap + time.Millisecond)
		send(alipay)
	}, []string{wechat, alipay}},
	{"split at every byte", func(send func(string), _ func(bool)) {
		for _, b := range []byte(wechat + "\r") {
			send(string(b))
			time.Sleep(20 * time.Millisecond)
		}
	}, []string{wechat}},
	{"two codes back to back", func(send func(string), _ func(bool)) { send(wechat + "\r" + alipay + "\r") }, []string{wechat, alipay}},
	{"answer before the code", func(send func(string), _ func(bool)) { send(ack + wechat + "\r") }, []string{wechat}},
	{"answer after the code", func(send func(string), _ func(bool)) { send(wechat + "\r" + ack) }, []string{wechat}},
	{"answer between a code and its end", func(send func(string), _ func(bool)) { send(wechat + ack + "\r") }, []string{wechat}},
	{"noise of a floating line", func(send func(string), _ func(bool)) {
		send("\x00\xff\xff\x00\xff")
		time.Sleep(100 * time.Millisecond)
		send(wechat + "\r")
	}, []string{wechat}},
	{"noise in the middle", func(send func(string), _ func(bool)) {
		send(wechat[:6] + "\xff\x00" + wechat[6:] + "\r" + alipay + "\r")
	}, []string{alipay}},
	{"a line of 2 kB", func(send func(string), _ func(bool)) {
		send(strings.Repeat("https://e", 228) + "\r" + wechat + "\r")
	}, []string{wechat}},
	{"UTF-8", func(send func(string), _ func(bool)) { send("可口可乐三百三十毫升\r" + wechat + "\r") }, []string{wechat}},
	{"GBK", func(send func(string), _ func(bool)) {
		send("\xbf\xc9\xbf\xda\xbf\xc9\xc0\xd6\xc8\xfd\r" + wechat + "\r")
	}, []string{wechat}},
	{"the same within 1 s", func(send func(string), _ func(bool)) {
		send(wechat + "\r")
		time.Sleep(900 * time.Millisecond)
		send(wechat + "\r")
	}, []string{wechat}},
	{"before the payment", func(send func(string), arm func(bool)) {
		arm(false)
		send(wechat + "\r")
		time.Sleep(100 * time.Millisecond)
		arm(true)
		time.Sleep(time.Second)
	}, nil},
	{"half before the payment, half after", func(send func(string), arm func(bool)) {
		arm(false)
		send(wechat[:10])
		time.Sleep(20 * time.Millisecond)
		arm(true)
		time.Sleep(20 * time.Millisecond)
		send(wechat[10:] + "\r")
	}, nil},
}

func TestTheScanLineBearsEveryScript(t *testing.T) {
	for _, c := range script {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				k := newCounter(-1)
				k.Read = func(text string) { got = append(got, text) }
				running(t, k.Run)
				k.arm()
				c.play(func(s string) { k.module.data <- s; synctest.Wait() }, k.Arm)
				time.Sleep(time.Second)
				synctest.Wait()
				if !slices.Equal(got, c.want) {
					t.Errorf("the shop was told of %q, and %q were shown", got, c.want)
				}
			})
		})
	}
}
