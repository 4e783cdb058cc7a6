package street

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"kiosk/sim/gateway"
)

// What the kiosk and the gateway agree on.
const (
	appID = "wx7269670000000001"
	mchID = "1600000042"
)

// Till is the gateway behind HTTPS on this machine's loopback, with an authority that lives for one run.
type Till struct {
	*gateway.Gateway
	Port      int    // of this machine
	CA        []byte // PEM
	Cert, Key []byte // the merchant's, PEM
	APIKey    string
	srv       *http.Server
	wrong     *os.File
}

// OpenTill begins to serve. What the TLS server grumbles goes to a file.
func OpenTill(wrong string) (*Till, error) {
	t := &Till{APIKey: rand.Text()[:16] + rand.Text()[:16]}
	t.Gateway = &gateway.Gateway{AppID: appID, MchID: mchID, Key: t.APIKey, Client: func(s *tls.ConnectionState) bool {
		return s.PeerCertificates[0].Subject.CommonName == mchID
	}}
	if err := t.Load(); err != nil {
		return nil, err
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	t.CA = authority.pem()
	serverCert, serverKey, err := authority.issue(GuestSees, x509.ExtKeyUsageServerAuth)
	if err != nil {
		return nil, err
	}
	if t.Cert, t.Key, err = authority.issue(mchID, x509.ExtKeyUsageClientAuth); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(serverCert, serverKey)
	if err != nil {
		return nil, err
	}
	merchants := x509.NewCertPool()
	merchants.AddCert(authority.cert)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the gateway's port: %w", err)
	}
	t.Port = l.Addr().(*net.TCPAddr).Port
	if t.wrong, err = os.Create(wrong); err != nil {
		return nil, err
	}
	// Refunds and reverses without the certificate are refused by the gateway itself, as the real one does.
	t.srv = &http.Server{Handler: t.Gateway, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(t.wrong, "", log.LstdFlags),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: merchants}}
	go func() {
		if err := t.srv.ServeTLS(l, "", ""); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(t.wrong, err)
		}
	}()
	return t, nil
}

func (t *Till) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(t.srv.Shutdown(ctx), t.wrong.Close())
}

// Order is what the gateway knows of a number.
func (t *Till) Order(no string) (gateway.Order, bool) {
	for _, o := range t.Orders() {
		if o.OutTradeNo == no {
			return o, true
		}
	}
	return gateway.Order{}, false
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	plan := life(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Kiosk rig, one run"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, err
}

// life is a merchant certificate's usual one: kiosk check warns of one that ends soon.
func life(c *x509.Certificate) *x509.Certificate {
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	return c
}

func (a *authority) pem() []byte { return certPEM(a.cert.Raw) }

// issue makes a certificate and its key, both PEM.
func (a *authority) issue(name string, use x509.ExtKeyUsage) (cert, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	plan := life(&x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use}})
	if ip := net.ParseIP(name); ip != nil {
		plan.IPAddresses = []net.IP{ip, net.IPv4(127, 0, 0, 1)} // the guest's name for it, and our own
	}
	der, err := x509.CreateCertificate(rand.Reader, plan, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, nil, err
	}
	own, err := x509.MarshalPKCS8PrivateKey(key)
	return certPEM(der), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: own}), err
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
