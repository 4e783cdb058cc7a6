package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"kiosk/cmd/kiosk/config"
	"kiosk/web"
)

// listenPage opens the address of the page.
func listenPage(c *config.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", c.Status.Listen)
	if err != nil {
		return nil, fmt.Errorf("status.listen = %s: %w: is another kiosk running?", c.Status.Listen, err)
	}
	return l, nil
}

// guardListener bounds how many connections anybody may hold, and speaks TLS if the config names a certificate.
func guardListener(l net.Listener, c *config.Config) (net.Listener, error) {
	l = &web.Listener{Listener: l}
	if c.Status.CertFile == "" {
		return l, nil
	}
	if _, err := c.ReadSecretFile("status.key_file", c.Status.KeyFile); err != nil {
		return nil, config.UsageError(err)
	}
	own := &web.Certificate{Cert: c.ResolvePath(c.Status.CertFile), Key: c.ResolvePath(c.Status.KeyFile), Log: func(line string) { logLine("status page: " + line) }}
	with, err := own.LoadConfig()
	if err != nil {
		return nil, config.UsageError(config.BadPagePair(err))
	}
	return tls.NewListener(l, with), nil
}

// redirectHTTP leads browsers from plain HTTP to the page under TLS. It is a convenience, so its absence is only logged.
func redirectHTTP(ctx context.Context, s config.Status, to func(port string) http.Handler) error {
	if s.PlainListen == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil // the page itself has refused it
	}
	l, err := net.Listen("tcp", s.PlainListen)
	if err != nil {
		logLine(fmt.Sprintf("status.plain_listen = %s: %v: nobody is led to https from there", s.PlainListen, err))
		return nil
	}
	srv := web.NewServer(to(port))
	end := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer end()
	if err := srv.Serve(&web.Listener{Listener: l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
