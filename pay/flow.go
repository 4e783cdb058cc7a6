package pay

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kiosk/sale"
)

// Flow is the gateway's account of a day of the merchant's own purse, Beijing time: every fen in and out.
type Flow struct {
	Day  time.Time
	Rows []FlowRow
}

// FlowRow is one movement of the purse.
type FlowRow struct {
	At       time.Time
	Business string // the gateway's number: the payment's transaction, the refund's id
	Number   string // of the movement
	Kind     string // 交易, 退款, 扣除交易手续费 …
	In       bool   // money came
	Fen      sale.Fen
	Balance  sale.Fen // after it
	Voucher  string   // our number: of the order, of the refund
}

// errSubFundFlow spares a service provider a comparison that could only be wrong.
var errSubFundFlow = errors.New("a service provider's purse holds none of its sub merchants' money: there is nothing to compare")

// flowColumns are the names of the columns, without the unit that stands in brackets behind some.
var flowColumns = [...]string{"记账时间", "微信支付业务单号", "资金流水单号", "业务类型", "收支类型", "收支金额", "账户结余", "业务凭证号", "备注"}

const (
	flowAt = iota
	flowBusiness
	flowNumber
	flowKind
	flowWay
	flowFen
	flowBalance
	flowVoucher
	flowMemo
)

// ReadFlow reads the account of a day, plain or gzip, by the names of its columns. One whose totals do not agree with
// its rows, to the fen, is none.
func ReadFlow(day time.Time, b []byte) (Flow, error) {
	text, err := decodeText(b)
	var flow Flow
	if err == nil {
		flow, err = readFlowText(text)
	}
	if err != nil {
		return Flow{}, fmt.Errorf("read the fund flow: %w", err)
	}
	flow.Day = day
	for _, r := range flow.Rows {
		if !day.IsZero() && r.At.Format(time.DateOnly) != day.Format(time.DateOnly) {
			return Flow{}, errors.New("read the fund flow: it is the account of another day")
		}
	}
	return flow, nil
}

// readFlowText reads the head line, the rows, and the two lines of totals at the end.
func readFlowText(text string) (flow Flow, err error) {
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) < 3 {
		return flow, errors.New("it is cut short")
	}
	at, wide, err := readFlowColumns(lines[0])
	if err != nil {
		return flow, err
	}
	end := len(lines) - 2
	for i := 1; i < end; {
		row, from := lines[i], i
		for i++; strings.Count(row, ",`") < wide-1 && i < end && i-from <= rowLines; i++ {
			row += "\n" + lines[i] // a remark of more lines than one
		}
		r, err := readFlowRow(row, at, wide)
		if err != nil {
			return flow, fmt.Errorf("row %d: %w", from, err)
		}
		flow.Rows = append(flow.Rows, r)
	}
	return flow, flow.checkTotals(lines[end], lines[end+1])
}

// trimFlowColumn is the name of a column without its backtick and its unit in brackets, which differ from file to file.
func trimFlowColumn(text string) string {
	name, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(text), "`"), "（", "("), "(")
	return strings.TrimSpace(name)
}

func readFlowColumns(line string) (at [len(flowColumns)]int, wide int, err error) {
	names := strings.Split(line, ",")
	for c := range at {
		at[c] = -1
	}
	for i, name := range names {
		c := slices.Index(flowColumns[:], trimFlowColumn(name))
		if c >= 0 && at[c] >= 0 {
			return at, 0, errors.New("two of its columns mean the same")
		}
		if c >= 0 {
			at[c] = i
		}
	}
	if slices.Contains(at[:], -1) {
		return at, 0, errors.New("it lacks a column that every fund flow has")
	}
	return at, len(names), nil
}

// readFlowRow reads one row. Only the remark may hold a field's end itself: surplus fields are taken for a part of it.
func readFlowRow(row string, at [len(flowColumns)]int, wide int) (r FlowRow, err error) {
	rest, ok := strings.CutPrefix(row, "`")
	cells := strings.Split(rest, ",`")
	extra := len(cells) - wide
	if !ok || extra < 0 {
		return r, errors.New("it is cut short")
	}
	get := func(c int) string {
		i := at[c]
		if i > at[flowMemo] {
			i += extra
		}
		return strings.TrimSpace(cells[i])
	}
	r = FlowRow{Business: get(flowBusiness), Number: get(flowNumber), Kind: get(flowKind), Voucher: get(flowVoucher)}
	if r.At, err = parseInBeijing(time.DateTime, get(flowAt)); err != nil {
		return r, errors.New("a time is none")
	}
	fen, good := parseYuan(get(flowFen))
	balance, sound := parseYuan(get(flowBalance))
	if !good || !sound || fen < 0 || fen%unitsPerFen != 0 || balance%unitsPerFen != 0 {
		return r, errors.New("an amount is none")
	}
	r.Fen, r.Balance = sale.Fen(fen/unitsPerFen), sale.Fen(balance/unitsPerFen)
	switch get(flowWay) {
	case "收入":
		r.In = true
	case "支出":
	default:
		return r, errors.New("it says neither that money came nor that it went")
	}
	if r.Number == "" || r.Kind == "" {
		return r, errors.New("it lacks its number or its kind")
	}
	return r, nil
}

// flowTotals are the names of the totals.
var flowTotals = [...]string{"资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额"}

// checkTotals holds the totals against the rows.
func (f Flow) checkTotals(names, values string) error {
	var n, in, ins, out, outs int64
	for _, r := range f.Rows {
		n++
		if r.In {
			in, ins = in+1, ins+int64(r.Fen)*unitsPerFen
		} else {
			out, outs = out+1, outs+int64(r.Fen)*unitsPerFen
		}
	}
	const one = 100 * unitsPerFen // a number of rows is written like an amount, "20.0"
	want := [len(flowTotals)]int64{n * one, in * one, ins, out * one, outs}
	heads, parts, ok := splitTotals(names, values)
	if !ok || len(heads) < len(flowTotals) {
		return errCutTotals
	}
	for i, name := range flowTotals {
		if trimFlowColumn(heads[i]) != name {
			return errCutTotals
		}
		if got, ok := parseYuan(strings.TrimSpace(parts[i])); !ok || got != want[i] {
			return errors.New("its totals are not the sum of its rows")
		}
	}
	return nil
}
