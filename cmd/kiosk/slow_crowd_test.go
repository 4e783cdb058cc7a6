//go:build sim

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	slowClients = 1000
	slowByte    = 10 * time.Second // between two bytes of theirs
	crowdAt     = "KIOSK_CROWD"    // where a process that was started as a crowd finds the kiosk
)

// A crowd is a process of its own, as it would be machines of their own: what it does is no work of the kiosk's.
func init() {
	addr := os.Getenv(crowdAt)
	if addr == "" {
		return
	}
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19)
	c := &crowd{addr: addr}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "come":
			c.come()
		case "go":
			c.leave()
		}
		fmt.Println(c.open.Load(), c.lost.Load(), c.asked.Load())
	}
	os.Exit(0)
}

// crowd is a thousand slow clients.
type crowd struct {
	addr  string
	done  chan struct{}
	all   sync.WaitGroup
	open  atomic.Int64 // connections held now
	lost  atomic.Int64 // that the kiosk ended
	asked atomic.Int64 // in all
}

func (c *crowd) come() {
	c.done = make(chan struct{})
	for i := range slowClients {
		c.all.Go(func() { c.client(i, c.done) })
	}
}

func (c *crowd) leave() {
	close(c.done)
	c.all.Wait()
}

// client comes again some seconds after it was thrown out, as long as the crowd is there.
func (c *crowd) client(i int, done <-chan struct{}) {
	from := net.IPv4(127, 0, 1, byte(1+i%250))
	if i < slowClients/10 { // a tenth of them sits in one house
		from = net.IPv4(127, 0, 2, 1)
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: 5 * time.Second}
	for {
		c.asked.Add(1)
		if conn, err := d.Dial("tcp", c.addr); err == nil {
			c.open.Add(1)
			c.hold(i, conn, done)
			_ = conn.Close()
			c.open.Add(-1)
		}
		select {
		case <-done:
			return
		case <-time.After(3*time.Second + time.Duration(i)*3*time.Millisecond): // not all at once again
			c.lost.Add(1)
		}
	}
}

// hold keeps a connection in one of four ways: a head that never ends, a form that never ends, a large answer that is
// hardly read, a live page.
func (c *crowd) hold(i int, conn net.Conn, done <-chan struct{}) {
	_ = conn.(*net.TCPConn).SetReadBuffer(1 << 10)
	const host = " HTTP/1.1\r\nHost: kiosk.local\r\n"
	say := []string{
		"GET /" + host + "X: ",
		"POST /service/clear" + host + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\npin=",
		"GET /orders.json?limit=1000" + host + "\r\n",
		"GET /events" + host + "\r\n",
	}[i%4]
	if _, err := io.WriteString(conn, say); err != nil {
		return
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		one := make([]byte, 1)
		for {
			var err error
			switch i % 4 {
			case 0, 1:
				time.Sleep(slowByte)
				_, err = conn.Write(one)
			case 2:
				_, err = conn.Read(one)
				time.Sleep(slowByte)
			default:
				_, err = io.Copy(io.Discard, conn)
				err = cmpErr(err, io.EOF)
			}
			if err != nil {
				return
			}
		}
	}()
	// Only what reads notices at once that it was thrown out; a dripping one does at its next byte. A real one would look.
	if i%4 < 2 {
		go func() {
			_, _ = conn.Read(make([]byte, 512))
			_ = conn.Close()
		}()
	}
	select {
	case <-done:
	case <-gone:
	}
}

func cmpErr(err, otherwise error) error {
	if err == nil {
		return otherwise
	}
	return err
}

// besieged is a crowd from outside.
type besieged struct {
	tb  testing.TB
	in  io.WriteCloser
	out *bufio.Scanner
	cmd *exec.Cmd
}

func aCrowd(tb testing.TB, addr string) *besieged {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crowdAt+"="+addr, "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	b := &besieged{tb, in, bufio.NewScanner(out), cmd}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return b
}

// is tells the crowd something, and hears how many connections it holds, how many it lost, and how many it asked for.
func (b *besieged) is(told string) (open, lost, asked int) {
	b.tb.Helper()
	fmt.Fprintln(b.in, told)
	if !b.out.Scan() {
		b.tb.Fatal("the crowd has gone")
	}
	if _, err := fmt.Fscan(strings.NewReader(b.out.Text()), &open, &lost, &asked); err != nil {
		b.tb.Fatal(b.out.Text(), err)
	}
	return open, lost, asked
}

// full waits until every one of the crowd has been at the door, and those who did not fit were thrown out.
func (b *besieged) full() {
	b.tb.Helper()
	_, _, before := b.is("come")
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		open, lost, asked := b.is("")
		if asked-before >= slowClients && open >= 100 && lost > 0 {
			return
		}
		if time.Since(began) > patience {
			b.tb.Fatalf("only %d connections are held, %d were asked for: this proves nothing", open, asked)
		}
	}
}
