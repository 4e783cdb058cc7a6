package pay

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"kiosk/sale"
)

// answer is one answer of API v2. Nothing of it is used before verifyFor found it good.
type answer struct {
	message
	date time.Time
}

// get is the value of a field; "" if there is none.
func (a answer) get(name string) string { return a.message[name] }

func (a answer) need(name string) (string, error) {
	if v := a.get(name); v != "" {
		return v, nil
	}
	return "", errors.New("read the answer: it lacks " + name)
}

// verifyFor holds an answer against the order it was asked for.
func (a answer) verifyFor(o sale.Order, key string) error {
	switch {
	case a.get("return_code") == "SUCCESS":
	case a.get("return_code") == "FAIL": // unsigned: anybody could have said it
		if text, ok := unsignedTexts[a.get("return_msg")]; ok {
			return errors.New(text)
		}
		return errors.New("believe the answer: an unsigned refusal")
	default:
		return errors.New("believe the answer: it has no return_code")
	}
	sign := a.get("sign")
	if sign == "" {
		return errors.New("believe the answer: it is not signed")
	}
	if way := a.get("sign_type"); way != "" && way != o.Merchant.SignType {
		return errors.New("believe the answer: it is signed another way than the order")
	}
	if !a.hasSignature(sign, key, o.Merchant.SignType) {
		return errors.New("believe the answer: its signature is wrong")
	}
	for _, id := range merchantIDs(o.Merchant) {
		if a.get(id.name) != id.value {
			return errors.New("believe the answer: it is for another " + id.name)
		}
	}
	if no := a.get("out_trade_no"); no != "" && no != string(o.No) {
		return errors.New("believe the answer: it is for another order")
	}
	return nil
}

// merchantIDs are the ids of API v2, in the order in which an answer's are compared. A direct merchant has no sub ids, and
// an answer with any is for somebody else.
func merchantIDs(p sale.Merchant) []field {
	return []field{{"appid", p.AppID}, {"mch_id", p.MchID}, {"sub_appid", p.SubAppID}, {"sub_mch_id", p.SubMchID}}
}

// readResult reads result_code. The outcome is "" if the call was taken: each call then reads its own fields.
func (e endpoint) readResult(a answer) (sale.Answer, error) {
	code := a.get("err_code")
	switch a.get("result_code") {
	case "SUCCESS":
		if code != "" && code != "SUCCESS" {
			return sale.Answer{}, errors.New("read the answer: it says success and " + sanitizeWord(code))
		}
		return sale.Answer{Date: a.date}, nil
	case "FAIL":
		if m := e.codes[code]; m != undecided {
			return m.toAnswer(code, a.date), nil
		}
		return sale.Answer{}, errors.New("read the answer: " + sanitizeWord(code) + " decides nothing")
	}
	return sale.Answer{}, errors.New("read the answer: it has no result_code")
}

// readTradeState reads the state of an order; both APIs have the same words. A new word of the gateway is an error.
func readTradeState(word string, date time.Time) (sale.Answer, error) {
	said := tradeStates[word].toAnswer(word, date)
	if said.Outcome == unknown {
		return said, undecidedState(word)
	}
	return said, nil
}

func undecidedState(word string) error {
	return errors.New("read the answer: trade_state " + sanitizeWord(word) + " decides nothing")
}

// mayHaveRefunds returns whether the refunds of an order must be queried as well, for its own query does not list them. An
// order that we are paying back may still read SUCCESS there when the money is already gone.
func mayHaveRefunds(o sale.Order, said sale.Answer) bool {
	return said.Outcome == sale.OutcomeReturned || said.Outcome == sale.OutcomePaid && (o.State == sale.Refunding || o.State == sale.Owed)
}

// toAnswer keeps the gateway's own word beside our meaning: the book stores it, and a person may look it up.
func (m meaning) toAnswer(code string, date time.Time) sale.Answer {
	return sale.Answer{Outcome: m.outcome, Code: code, Cause: m.cause, Date: date}
}

// readMoney reads a payment. sale judges whether it fits the order.
func (a answer) readMoney() (sale.Money, error) {
	if _, err := a.need("out_trade_no"); err != nil {
		return sale.Money{}, err
	}
	m, err := a.readTotal()
	if err != nil {
		return sale.Money{}, err
	}
	if m.Transaction, err = a.need("transaction_id"); err != nil {
		return sale.Money{}, err
	}
	m.At, err = a.readPaidAt()
	return m, err
}

// errNothingPaid refuses an answer of a payment of nothing: nothing is sold for nothing here.
var errNothingPaid = errors.New("read the answer: it says paid, and the amount is 0")

// readTotal reads an amount and its currency.
func (a answer) readTotal() (sale.Money, error) {
	fen, err := a.readFen("total_fee")
	if err == nil && fen == 0 {
		err = errNothingPaid
	}
	return sale.Money{Fen: fen, Currency: cmp.Or(a.get("fee_type"), "CNY")}, err
}

func (a answer) readPaidAt() (time.Time, error) {
	at, err := parseInBeijing(stampLayout, a.get("time_end"))
	if err != nil {
		return time.Time{}, errors.New("read the answer: its time_end is no time")
	}
	return at, nil
}

// readFen reads a plain amount: digits, no sign, no point, no leading zero.
func (a answer) readFen(name string) (sale.Fen, error) {
	n, ok := parseDigits(a.get(name))
	if !ok {
		return 0, fmt.Errorf("read the answer: its %s is no plain amount", name)
	}
	return sale.Fen(n), nil
}
