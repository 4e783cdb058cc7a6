package gateway

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// again is the gateway of the next process on the same file.
func (c *till) again() *till {
	c.t.Helper()
	next := *c
	next.g = &Gateway{AppID: testApp, MchID: testMch, Key: testKey, Seed: c.g.Seed, Path: c.g.Path, Rules: c.g.Rules,
		V3: c.g.V3, Post: c.g.Post}
	if err := next.g.Load(); err != nil {
		c.t.Fatalf("the gateway forgot its orders: %v", err)
	}
	return &next
}

func TestTheGatewayOutlivesItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTill(t)
		c.g.Path = filepath.Join(t.TempDir(), "gateway.json")
		if err := c.g.Load(); err != nil {
			t.Fatalf("a first start without a file: %v", err)
		}
		qr := c.native("K1-000001")["code_url"]
		used, fresh := c.g.NewCode(true), c.g.NewCode(true)
		c.want("charge", says(c.micropay("K1-000002", used)), "USERPAYING")
		c.pay("K1-000003")
		c.want("refund", c.refund("K1-000003", "R1", "350"), "SUCCESS")
		if err := c.g.Mode(ModeLost); err != nil {
			t.Fatal(err)
		}
		before := c.g.Orders()
		time.Sleep(time.Second)

		c = c.again()
		if after := c.g.Orders(); !reflect.DeepEqual(before, after) {
			t.Errorf("the orders were %v and are %v", before, after)
		}
		if c.g.ModeNow() != ModeLost {
			t.Error("the gateway forgot that it loses its answers")
		}
		c.g.Mode(ModeUp)
		c.want("a used code", says(c.micropay("K1-000004", used)), "AUTH_CODE_INVALID")
		c.want("a fresh code", says(c.micropay("K1-000005", fresh)), "USERPAYING")
		for _, want := range []string{"K1-000005", "K1-000002"} {
			if no, err := c.g.Password("enter"); no != want || err != nil {
				t.Errorf("the password went to %s (%v), the open prompt is %s", no, err, want)
			}
		}
		c.want("the QR on a photograph", c.phone(qr, "pay"), PhonePaid)
		time.Sleep(time.Second)
		c.want("the refund", c.refunds("K1-000003")["refund_status_0"], "SUCCESS")
		c.want("its gap", c.refund("K1-000003", "R2", "1"), "ERROR")
		time.Sleep(30 * time.Second)
		c.want("45 s count from the charge, not from the start", c.again().query("K1-000004"), "ORDERNOTEXIST")

		body, err := os.ReadFile(c.g.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{used, fresh, testKey} {
			if strings.Contains(string(body), secret) {
				t.Error("a payment code or the key is in the file")
			}
		}
		for _, call := range c.g.Log() {
			if strings.Contains(fmt.Sprint(call), used) || strings.Contains(fmt.Sprint(call), fresh) {
				t.Errorf("a payment code is in the log: %+v", call)
			}
		}
	})
}

func TestTheGatewayDoesNotAnswerWhatItCouldNotKeep(t *testing.T) {
	c := newTill(t)
	c.g.Path = filepath.Join(t.TempDir(), "no such folder", "gateway.json")
	if err := c.g.Load(); err != nil {
		t.Fatal(err)
	}
	if body, err := c.post(t.Context(), "/pay/micropay", c.message(charge("K1-000001", someCode)...)); err == nil {
		t.Errorf("it answered %s and would not know of it tomorrow", body)
	}
}

func TestADamagedStateIsNotTakenForANewOne(t *testing.T) {
	c := newTill(t)
	c.g.Path = filepath.Join(t.TempDir(), "gateway.json")
	for _, body := range []string{"", "{", `{"version":99}`} {
		if err := os.WriteFile(c.g.Path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.g.Load(); err == nil {
			t.Errorf("%q was loaded: all money of yesterday is forgotten", body)
		}
	}
}

// The child books payments and says each number only after its answer; the parent kills it.
func TestKilledGatewayKeepsWhatItAnswered(t *testing.T) {
	if path := os.Getenv("SIM_GATEWAY_FILE"); path != "" {
		c := newTill(t)
		c.g.Path = path
		for i := range 10000 {
			no := fmt.Sprintf("K1-%06d", i)
			c.pay(no)
			fmt.Println("\npaid", no)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "gateway.json")
	child := exec.Command(os.Args[0], "-test.run=^TestKilledGatewayKeepsWhatItAnswered$")
	child.Env = append(os.Environ(), "SIM_GATEWAY_FILE="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var paid []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if no, ok := strings.CutPrefix(lines.Text(), "paid "); ok {
			paid = append(paid, no)
		}
		if len(paid) == 100 {
			child.Process.Kill()
		}
	}
	child.Wait() // it was killed; that is its error
	if len(paid) < 100 {
		t.Fatalf("the child ended by itself after %d payments", len(paid))
	}
	c := newTill(t)
	c.g.Path = path
	c = c.again()
	for _, no := range paid {
		if o := c.order(no); o.State != "SUCCESS" {
			t.Errorf("%s was paid and is %s after the plug was pulled", no, o.State)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	c := newTill(t)
	code := c.g.NewCode(false)
	var paid sync.Map
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			own := &till{t: t, g: c.g, kind: "MD5", nth: 100 * i}
			no := fmt.Sprintf("K1-%06d", i)
			if says(own.micropay(no, code)) == "SUCCESS" {
				paid.Store(no, true)
			}
			own.g.Orders()
			own.query(no)
			own.g.Log()
		})
	}
	all.Wait()
	n := 0
	paid.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("one payment code paid %d orders", n)
	}
}
