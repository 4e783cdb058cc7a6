package pay

import (
	"cmp"
	"context"
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

// text is the value of a field; "" if there is none.
func (a answer) text(name string) string { return a.message[name] }

// need is a field that must be there.
func (a answer) need(name string) (string, error) { return needText(name, a.text(name)) }

func needText(name, value string) (string, error) {
	if value == "" {
		return "", errors.New("read the answer: it lacks " + name)
	}
	return value, nil
}

// errOther is worded without the other number: it may be a customer's of another shop.
var errOther = errors.New("believe the answer: it is for another order")

var errOtherRefund = errors.New("believe the answer: it is for another refund")

// verifyFor holds an answer against the order it was asked for.
func (a answer) verifyFor(e endpoint, o sale.Order, key string) error {
	switch {
	case a.text("return_code") == "SUCCESS":
	case a.text("return_code") == "FAIL": // unsigned: anybody could have said it
		return readUnsigned(a.text("return_msg"))
	default:
		return errors.New("believe the answer: it has no return_code")
	}
	sign := a.text("sign")
	if sign == "" {
		return errors.New("believe the answer: it is not signed")
	}
	if way := a.text("sign_type"); way != "" && way != o.Merchant.SignType {
		return errors.New("believe the answer: it is signed another way than the order")
	}
	if !a.hasSignature(sign, key, o.Merchant.SignType) {
		return errors.New("believe the answer: its signature is wrong")
	}
	bare := a.text("result_code") == "FAIL" && (e.ask || e.codes[a.text("err_code")] == faulty) // seen without ids, and never of money
	for _, id := range merchantIDs(o.Merchant) {
		if got := a.text(id.name); got != id.value && !(bare && got == "") {
			return errors.New("believe the answer: it is for another " + id.name)
		}
	}
	if no := a.text("out_trade_no"); no != "" && no != string(o.TradeNo()) {
		return errOther
	}
	if e.names && a.text("result_code") == "SUCCESS" {
		_, err := a.need("out_trade_no")
		return err
	}
	return nil
}

// errSum: the sums of an answer about refunds are not those of the order, or do not fit together.
var errSum = errors.New("read the answer: its sums contradict the order's")

// verifyPayment holds an answer about a payment against the order's own, if both name one. Of a second payment the
// transaction id is what ties the answer to it, so it must be there.
func verifyPayment(in paper, o sale.Order) error {
	id := in.text("transaction_id")
	if id != o.Money.Transaction && (o.No.IsSecond() || id != "" && o.Money.Transaction != "") {
		return errors.New("believe the answer: it is for another transaction")
	}
	return nil
}

// merchantIDs are the ids of API v2, in the order in which an answer's are compared. A direct merchant has no sub ids, and
// an answer with any is for somebody else.
func merchantIDs(p sale.Merchant) []field {
	return []field{{"appid", p.AppID}, {"mch_id", p.MchID}, {"sub_appid", p.SubAppID}, {"sub_mch_id", p.SubMchID}}
}

// readResult reads result_code. The outcome is "" if the call was taken: each call then reads its own fields. An answer
// that refuses the call and gives the order a state contradicts itself, unless both words are one.
func (e endpoint) readResult(a answer) (sale.Answer, error) {
	code, state := a.text("err_code"), a.text("trade_state")
	switch a.text("result_code") {
	case "SUCCESS":
		if code != "" && code != "SUCCESS" {
			return sale.Answer{}, errors.New("read the answer: it says success and " + sanitizeWord(code))
		}
		return sale.Answer{Date: a.date}, nil
	case "FAIL":
		if state != "" && state != code {
			return sale.Answer{}, errors.New("read the answer: it says " + sanitizeWord(code) + " and " + sanitizeWord(state))
		}
		if m := e.codes[code]; m != undecided {
			return m.narrow(a.text("err_code_des")).toAnswer(code, a.date), nil
		}
		return sale.Answer{}, e.suspect(code, configErrors, errors.New("read the answer: "+sanitizeWord(code)+" decides nothing"))
	}
	return sale.Answer{}, errors.New("read the answer: it has no result_code")
}

// readTradeState reads the state of an order; both APIs have the same words. A new word of the gateway is an error.
func readTradeState(word string, date time.Time) (sale.Answer, error) {
	said := tradeStates[word].toAnswer(word, date)
	if said.Outcome == unknown {
		return said, unknownWord("trade_state", word)
	}
	return said, nil
}

// unknownWord is the error of a state that is in none of our tables. A person hears of it: it may be a new one.
func unknownWord(field, word string) error {
	return fmt.Errorf("read the answer: %s %w decides nothing", field, sale.UnknownWord(sanitizeWord(word)))
}

func undecidedState(word string) error {
	return errors.New("read the answer: trade_state " + sanitizeWord(word) + " decides nothing")
}

// paper is an answer of either API that speaks of a payment.
type paper interface {
	text(name string) string
	need(name string) (string, error)
	readTotal() (sale.Money, error)
	readPaidAt(optional bool) (time.Time, error)
}

// readQueried reads the answer to a query. The refunds of an order must be queried as well if money may have gone back,
// for its own query does not list them: an order that we are paying back may still read SUCCESS there.
func readQueried(ctx context.Context, o sale.Order, in paper, said sale.Answer,
	addRefunds func(context.Context, sale.Order, sale.Answer) (paper, sale.Answer, error)) (sale.Answer, error) {
	said, err := readTradeState(in.text("trade_state"), said.Date)
	if err == nil && o.No.IsSecond() { // of an order's own payment sale judges
		err = verifyPayment(in, o)
	}
	if err == nil && said.Outcome == sale.OutcomePaid {
		said.Money, err = readMoney(in)
	}
	returning := said.Outcome == sale.OutcomePaid && (o.State == sale.Refunding || o.State == sale.Owed)
	if err != nil || said.Outcome != sale.OutcomeReturned && !returning {
		return said, err
	}
	refunds, said, err := addRefunds(ctx, o, said)
	if err == nil && said.Outcome == sale.OutcomeReturned {
		said.Money, err = readReturnedMoney(in, refunds)
	}
	return said, err
}

// readMoney reads a payment. sale judges whether it fits the order.
func readMoney(in paper) (m sale.Money, err error) {
	if m, err = in.readTotal(); err != nil {
		return m, err
	}
	if m.Transaction, err = in.need("transaction_id"); err != nil {
		return m, err
	}
	m.At, err = in.readPaidAt(false)
	return m, err
}

// readReturnedMoney reads the payment of an order whose money went back. The sum may stand in either answer, the time in
// neither.
func readReturnedMoney(order, refunds paper) (m sale.Money, err error) {
	if m, err = order.readTotal(); err != nil {
		if m, err = refunds.readTotal(); err != nil {
			return m, err
		}
	}
	if m.Transaction = order.text("transaction_id"); m.Transaction == "" {
		if m.Transaction, err = refunds.need("transaction_id"); err != nil {
			return m, err
		}
	}
	m.At, err = order.readPaidAt(true)
	return m, err
}

// toAnswer keeps the gateway's own word beside our meaning: the book stores it, and a person may look it up.
func (m meaning) toAnswer(code string, date time.Time) sale.Answer {
	return sale.Answer{Outcome: m.outcome, Code: code, Cause: m.cause, Date: date}
}

// errNothingPaid refuses an answer of a payment of nothing: nothing is sold for nothing here.
var errNothingPaid = errors.New("read the answer: it says paid, and the amount is 0")

// readTotal reads an amount and its currency.
func (a answer) readTotal() (sale.Money, error) {
	fen, err := a.readFen("total_fee")
	if err == nil && fen == 0 {
		err = errNothingPaid
	}
	return sale.Money{Fen: fen, Currency: cmp.Or(a.text("fee_type"), "CNY")}, err
}

func (a answer) readPaidAt(optional bool) (time.Time, error) {
	if optional && a.text("time_end") == "" {
		return time.Time{}, nil
	}
	at, err := parseInBeijing(stampLayout, a.text("time_end"))
	if err != nil {
		return time.Time{}, errors.New("read the answer: its time_end is no time")
	}
	return at, nil
}

// readFen reads a plain amount: digits, no sign, no point, no leading zero.
func (a answer) readFen(name string) (sale.Fen, error) {
	n, ok := parseDigits(a.text(name))
	if !ok {
		return 0, fmt.Errorf("read the answer: its %s is no plain amount", name)
	}
	return sale.Fen(n), nil
}
