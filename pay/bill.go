package pay

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kiosk/sale"
)

// billMost is how long a bill may be, unpacked: a merchant with two hundred thousand sales a day.
const billMost = 64 << 20

var readbill = endpoint{what: "read the bill"}

// The two answers of the gateway that stand for a bill.
var (
	ErrNoBill       = errors.New("nothing was traded on that day")
	ErrBillNotReady = errors.New("the gateway is still writing the bill of that day")
)

// ReadBill reads the trade bill of a day, Beijing time, of API v2 or v3: plain or gzip, with the columns of old
// and new accounts, of payments and refunds together or of one of them. A bill whose totals do not agree with
// its rows, to the fen, is no bill.
func ReadBill(day time.Time, b []byte) (bill sale.Bill, err error) {
	defer wrapError(readbill, &bill, &err)
	text, err := decodeText(b)
	if err != nil {
		return bill, err
	}
	if bill.Rows, err = readBillText(text); err != nil {
		return bill, err
	}
	// Rows of the days around midnight are common, but a bill without any row of its day is the wrong file.
	if bill.Day = day; !day.IsZero() && len(bill.Rows) > 0 && !slices.ContainsFunc(bill.Rows, func(r sale.BillRow) bool {
		return r.At.In(beijing).Format(time.DateOnly) == day.Format(time.DateOnly)
	}) {
		return bill, errors.New("it is the bill of another day")
	}
	return bill, nil
}

// checkHash takes the hash of the packed or of the unpacked bytes: the gateway's papers do not say which of them it
// hashes.
func checkHash(b []byte, hashType, hash string) error {
	if !strings.EqualFold(hashType, "SHA1") {
		return errors.New("it is hashed an unknown way")
	}
	text, err := decodeText(b)
	if err != nil && !errors.Is(err, ErrNoBill) && !errors.Is(err, ErrBillNotReady) {
		return err
	}
	packed, plain := sha1.Sum(b), sha1.Sum([]byte(text))
	if !strings.EqualFold(hash, hex.EncodeToString(packed[:])) && !strings.EqualFold(hash, hex.EncodeToString(plain[:])) {
		return errors.New("it does not have the hash that the gateway signed")
	}
	return nil
}

// decodeText makes text of a downloaded file, plain or gzip. A refusal of the gateway that came in its place is an error.
func decodeText(b []byte) (string, error) {
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		var err error
		if b, err = gunzip(b); err != nil {
			return "", err
		}
	}
	if len(b) > billMost {
		return "", errors.New("it is longer than 64 MiB")
	}
	if !utf8.Valid(b) {
		return "", errors.New("it is not UTF-8")
	}
	switch start := bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff"))); {
	case len(start) == 0:
		return "", errors.New("it is empty")
	case start[0] == '<':
		return "", readBillRefusal(b)
	case start[0] == '{':
		return "", errors.New("the gateway refuses it")
	}
	return string(b), nil
}

func gunzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, errors.New("its gzip is damaged")
	}
	out, err := io.ReadAll(io.LimitReader(z, billMost+1))
	if err != nil {
		return nil, errors.New("its gzip is damaged or cut short")
	}
	return out, nil
}

// readBillRefusal reads the unsigned XML that comes in place of a bill. The gateway spells its words in several ways.
func readBillRefusal(b []byte) error {
	m, err := parseFlat(b)
	if err != nil {
		return errors.New("it is neither text nor the gateway's refusal")
	}
	text := strings.ToLower(m["return_msg"] + " " + m["err_code_des"])
	code := m["error_code"]
	switch {
	case strings.Contains(text, "no bill exist"), code == "20002":
		return ErrNoBill
	case strings.Contains(text, "bill creating"):
		return ErrBillNotReady
	}
	return errors.New("the gateway refuses it: " + sanitizeWord(strings.ToUpper(code)))
}
