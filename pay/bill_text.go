package pay

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kiosk/sale"
)

// billColumns are the names that a column goes by, over the years and kinds of accounts.
var billColumns = map[string]billColumn{
	"交易时间": colAt, "公众账号ID": colAppID, "商户号": colMchID, "子商户号": colSub, "特约商户号": colSub,
	"设备号": colDevice, "微信订单号": colTransaction, "商户订单号": colNo, "交易状态": colState, "货币种类": colCurrency,
	"总金额": colTotal, "应结订单金额": colTotal, "订单金额": colOrder, "退款成功时间": colRefundAt,
	"微信退款单号": colRefundID, "商户退款单号": colRefundNo, "退款金额": colRefund, "申请退款金额": colApplied,
	"退款状态": colRefundState,
	"商品名称": colGoods, "商户数据包": colAttach, "手续费": colFee,
}

// billTotals are the names of the totals, and the column each is the sum of. Coupons are the platform's business.
var billTotals = map[string]billColumn{
	"总交易额": colTotal, "应结订单总金额": colTotal, "总退款金额": colRefund, "退款总金额": colRefund,
	"手续费总金额": colFee,
	"订单总金额":  colOrder, "申请退款总金额": colApplied,
}

const billCount = "总交易单数"

type billColumn int

const (
	colAt billColumn = iota
	colAppID
	colMchID
	colSub    // the sub-merchant, of a service provider
	colDevice // the kiosk, if device_info was sent
	colTransaction
	colNo
	colState
	colCurrency
	colTotal    // settled: the order less free coupons
	colOrder    // the whole order; old bills lack it
	colRefundAt // only in bills of refunds
	colRefundID // the gateway's number
	colRefundNo // our number
	colRefund   // settled
	colApplied  // as asked for; old bills lack it
	colRefundState
	colGoods  // free text of ours
	colAttach // free text of ours, always behind the goods
	colFee    // the gateway's, in 0.00001 yuan
	colCount
)

// billSheet is a bill being read: the place of each column, and the sums so far. The gateway signs no bill of API v2, so
// the totals at its end are the only proof that it is whole: every one of them is summed up again here.
type billSheet struct {
	at     [colCount]int // the column's place, or -1
	wide   int
	rows   []sale.BillRow
	sum    [colCount]int64 // over all rows, in 0.00001 yuan
	income [colCount]int64 // over the rows that are no refund
}

// readBillText reads the head line, the rows, and the two lines of totals at the end.
func readBillText(text string) ([]sale.BillRow, error) {
	lines := strings.Split(strings.TrimSpace(lineEnds.Replace(strings.TrimPrefix(text, "\ufeff"))), "\n")
	if len(lines) < 3 {
		return nil, errors.New("it is cut short")
	}
	var s billSheet
	if err := s.readColumns(lines[0]); err != nil {
		return nil, err
	}
	end := len(lines) - 2
	if err := s.readRows(lines[1:end]); err != nil {
		return nil, err
	}
	return s.rows, s.checkTotals(lines[end], lines[end+1])
}

// readColumns finds the columns by their names, never by their places.
func (s *billSheet) readColumns(line string) error {
	names := strings.Split(line, ",")
	s.wide = len(names)
	for c := range s.at {
		s.at[c] = -1
	}
	for i, name := range names {
		c, ok := billColumns[strings.TrimSpace(strings.TrimPrefix(name, "`"))]
		if !ok {
			continue
		}
		if s.at[c] >= 0 {
			return errors.New("two of its columns mean the same")
		}
		s.at[c] = i
	}
	for _, c := range []billColumn{colAt, colAppID, colMchID, colTransaction, colNo, colState, colCurrency, colTotal, colGoods, colAttach} {
		if s.at[c] < 0 {
			return errors.New("it lacks a column that every bill has")
		}
	}
	if s.at[colAttach] != s.at[colGoods]+1 || (s.at[colRefund] < 0) != (s.at[colRefundNo] < 0) {
		return errors.New("its columns are of no known kind")
	}
	return nil
}

// readRows reads the rows. A line end inside a free text makes a row of two lines.
func (s *billSheet) readRows(lines []string) error {
	for i := 0; i < len(lines); {
		row, from := lines[i], i
		fields, err := s.splitRow(row)
		for i++; err == nil && fields == nil && i < len(lines) && i-from <= rowLines; i++ {
			row += "\n" + lines[i]
			fields, err = s.splitRow(row)
		}
		if err == nil && fields == nil {
			err = errors.New("it is cut short")
		}
		if err == nil {
			err = s.readRow(fields)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", from+2, err)
		}
	}
	return nil
}

// splitRow takes a row apart at its backticks; nil means that it goes on in the next line. The two free texts may
// hold commas and backticks themselves: surplus fields lie between them, and are not read.
func (s *billSheet) splitRow(row string) ([]string, error) {
	rest, ok := strings.CutPrefix(row, "`")
	if !ok {
		return nil, errors.New("a row does not begin with a backtick")
	}
	fields := strings.Split(rest, ",`")
	extra := len(fields) - s.wide
	if extra < 0 {
		return nil, nil
	}
	after := s.at[colAttach] + 1
	return append(fields[:s.at[colGoods]+2:s.at[colGoods]+2], fields[after+extra:]...), nil
}

func (s *billSheet) cell(fields []string, c billColumn) string {
	if s.at[c] < 0 {
		return ""
	}
	return strings.TrimSpace(fields[s.at[c]])
}

// readRow reads one payment, refund or reversal. A refund counts by the day on which it was done, a payment by its own time.
func (s *billSheet) readRow(fields []string) error {
	r := sale.BillRow{
		State: s.cell(fields, colState), No: sale.No(s.cell(fields, colNo)), Transaction: s.cell(fields, colTransaction),
		RefundNo: zeroAsEmpty(s.cell(fields, colRefundNo)), RefundID: zeroAsEmpty(s.cell(fields, colRefundID)), RefundState: s.cell(fields, colRefundState),
		Currency: s.cell(fields, colCurrency), AppID: s.cell(fields, colAppID), MchID: s.cell(fields, colMchID),
		SubMchID: zeroAsEmpty(s.cell(fields, colSub)), Device: s.cell(fields, colDevice),
	}
	if r.No == "" || r.Transaction == "" || sanitizeWord(r.State) != r.State {
		return errors.New("a row lacks its number, its transaction or its state")
	}
	at := cmp.Or(s.cell(fields, colRefundAt), s.cell(fields, colAt))
	var err error
	if r.At, err = parseInBeijing(time.DateTime, strings.ReplaceAll(at, "：", ":")); err != nil {
		return errors.New("a time is none")
	}
	money, err := s.readAmounts(fields, r.State)
	if err != nil {
		return err
	}
	r.Fen, r.RefundFen = money(colTotal), money(colRefund)
	if s.at[colOrder] >= 0 {
		r.Fen = money(colOrder)
	}
	if s.at[colApplied] >= 0 {
		r.RefundFen = money(colApplied)
	}
	if r.State == sale.BillRevoked && r.RefundFen == 0 {
		r.RefundFen = r.Fen // a reversed payment goes back whole
	}
	s.rows = append(s.rows, r)
	return nil
}

// readAmounts reads the amounts of a row and adds them to the sums. The function that it returns gives them in fen.
func (s *billSheet) readAmounts(fields []string, state string) (func(billColumn) sale.Fen, error) {
	var part [colCount]int64
	for _, c := range billSums {
		text := s.cell(fields, c)
		if s.at[c] < 0 || text == "" && c != colTotal && c != colOrder {
			continue // a payment has no refund to name
		}
		n, ok := parseYuan(text)
		if !ok || c != colFee && n%unitsPerFen != 0 {
			return nil, errors.New("an amount is none")
		}
		part[c] = n
		s.sum[c] += n
		if state != sale.BillRefund {
			s.income[c] += n
		}
	}
	return func(c billColumn) sale.Fen { return sale.Fen(part[c] / unitsPerFen) }, nil
}

var billSums = []billColumn{colTotal, colOrder, colRefund, colApplied, colFee}

// zeroAsEmpty makes nothing of a number that the bill writes as 0.
func zeroAsEmpty(s string) string {
	if s == "0" {
		return ""
	}
	return s
}

var errCutTotals = errors.New("its totals are missing: it may be cut short")

// splitTotals takes the two lines at the end of a file apart: the names of the totals, and their values.
func splitTotals(names, values string) (heads, parts []string, ok bool) {
	heads = strings.Split(names, ",")
	rest, ok := strings.CutPrefix(values, "`")
	parts = strings.Split(rest, ",`")
	return heads, parts, ok && len(parts) == len(heads)
}

// checkTotals holds the totals against the rows.
func (s *billSheet) checkTotals(names, values string) error {
	heads, parts, ok := splitTotals(names, values)
	if !ok || strings.TrimPrefix(strings.TrimSpace(heads[0]), "`") != billCount {
		return errCutTotals
	}
	n, ok := parseDigits(strings.TrimSpace(parts[0]))
	if !ok || n != int64(len(s.rows)) {
		return errors.New("it does not have as many rows as its totals say")
	}
	checked := 0
	for i, name := range heads[1:] {
		c, known := billTotals[strings.TrimSpace(strings.TrimPrefix(name, "`"))]
		if !known {
			continue
		}
		total, ok := parseYuan(strings.TrimSpace(parts[i+1]))
		// Some bills write on a refund what the order once cost, and do not count it as income.
		fits := s.at[c] < 0 || total == s.sum[c] || (c == colTotal || c == colOrder) && total == s.income[c]
		if !ok || !fits {
			return errors.New("its totals are not the sum of its rows")
		}
		checked++
	}
	if checked < 2 {
		return errors.New("its totals name no sums")
	}
	return nil
}

const (
	unitsPerFen = 1000
	rowLines    = 8 // a free text of more lines is taken for damage
)

// parseYuan reads an amount in 0.00001 yuan: a fee has five decimals, any other two.
func parseYuan(text string) (int64, bool) {
	digits, minus := strings.CutPrefix(text, "-")
	whole, part, point := strings.Cut(digits, ".")
	if point && part == "" || len(part) > 5 || len(whole) > 9 {
		return 0, false
	}
	n, ok := parseDigits(whole)
	frac, err := strconv.ParseInt((part + "00000")[:5], 10, 64)
	n, ok = n*100_000+frac, ok && err == nil && onlyDigits(part+"0")
	if minus {
		n = -n
	}
	return n, ok
}
