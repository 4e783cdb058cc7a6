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

// guarded bounds who holds a connection, and speaks TLS where a certificate is given.
func (k *kiosk) guarded(l net.Listener) (net.Listener, error) {
	l = &web.Listener{Listener: l}
	s := k.conf.Status
	if s.CertFile == "" {
		return l, nil
	}
	if _, err := k.conf.SecretFile("status.key_file", s.KeyFile); err != nil {
		return nil, config.Usage(err)
	}
	own := &web.Certificate{Cert: k.conf.Resolve(s.CertFile), Key: k.conf.Resolve(s.KeyFile), Log: func(line string) { say("status page: " + line) }}
	with, err := own.Config()
	if err != nil {
		return nil, config.Usage(config.BadPagePair(err))
	}
	return tls.NewListener(l, with), nil
}

// lead leads browsers from plain HTTP to the page under TLS. Without it they only have to type https themselves.
func (k *kiosk) lead(ctx context.Context) error {
	s := k.conf.Status
	if s.PlainListen == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil // it would not be served either
	}
	l, err := net.Listen("tcp", s.PlainListen)
	if err != nil {
		say(fmt.Sprintf("status.plain_listen = %s: %v: nobody is led to https from there", s.PlainListen, err))
		return nil
	}
	srv := web.NewServer(k.page.Redirect(port))
	end := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer end()
	if err := srv.Serve(&web.Listener{Listener: l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
