package pay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// failedToDial returns whether a transport failed before it had a connection. net/http's own says so by its trace.
func failedToDial(err error) bool {
	op, dns := (*net.OpError)(nil), (*net.DNSError)(nil)
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// transportError names a transport error in words of our own: those of net/http may repeat the answer.
func transportError(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil {
		return fmt.Errorf("reach the gateway: %w", end)
	}
	return errors.New("reach the gateway: " + describeError(err))
}

func describeError(err error) string {
	var (
		dns    *net.DNSError
		op     *net.OpError
		stale  x509.CertificateInvalidError
		cert   *tls.CertificateVerificationError
		header tls.RecordHeaderError
		alert  tls.AlertError
		slow   net.Error
	)
	switch {
	case errors.As(err, &dns):
		return "its name is not found"
	case errors.As(err, &stale) && stale.Reason == x509.Expired:
		return "its certificate is not valid at this time: check the clock"
	case errors.As(err, &cert):
		return "its certificate is not trusted"
	case errors.As(err, &header), errors.As(err, &alert):
		return "TLS is refused"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to it"
	case errors.As(err, &slow) && slow.Timeout():
		return "it does not answer in time"
	case errors.As(err, &op) && op.Op == "dial":
		return "the connection is not made"
	case errors.As(err, &op) && op.Op == "remote error":
		return "TLS is refused"
	}
	return "the connection broke"
}
