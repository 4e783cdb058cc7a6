package gateway

import (
	"fmt"
	"strings"
	"time"
)

// fundFlow is the account of a day while it is written: every fen in and out. Sums are fen.
type fundFlow struct {
	day                         string
	lines                       []string
	in, ins, out, outs, balance int64
}

// addMovement writes one movement; less than nothing goes out.
func (p *fundFlow) addMovement(row billRow, kind, business, memo, voucher string, fen int64) {
	name, way, size := "交易", "收入", fen
	if row.isRefund() {
		name = "退款"
	}
	if fen < 0 {
		way, size = "支出", -fen
		p.out, p.outs = p.out+size, p.outs+1
	} else {
		p.in, p.ins = p.in+size, p.ins+1
	}
	p.balance += fen
	p.lines = append(p.lines, "`"+strings.Join([]string{stampText(row.at), business, fmt.Sprintf("1900%s%012d", p.day, len(p.lines)), name, kind, way,
		formatYuan(size), formatYuan(p.balance), "system", memo, voucher}, ",`"))
}

// fundText is the bill of the merchant's own account. A payment comes in whole and its fee goes out beside it; a refund
// goes out less the fee that is given back. What coupons of the platform's paid comes in like money.
func (g *Gateway) fundText(day string, now time.Time, wrong bool) []byte {
	rows := g.billRows(day, "ALL", now)
	if len(rows) == 0 {
		return nil
	}
	p := &fundFlow{day: day}
	for _, row := range rows {
		if !row.isRefund() {
			p.addMovement(row, "交易", row.o.TransactionID, "", row.o.No, row.fen)
			if fee := row.platformFee(); fee > 0 {
				p.addMovement(row, "扣除交易手续费", row.o.TransactionID, "", row.o.No, -fee)
			}
			continue
		}
		memo := fmt.Sprintf("退款总金额%s元;含手续费%s元", formatYuan(row.fen), formatYuan(-row.platformFee()))
		p.addMovement(row, "退款", orWord(row.r.ID, row.o.TransactionID), memo, orWord(row.r.No, row.o.No), -row.fen-row.platformFee())
	}
	// The two interfaces, and the years, differ in how they write brackets, line ends and counts.
	dice := g.random(day, "fund flow")
	open, end, count := "(元)", "\n", "%d"
	if !g.Rules.Plain && dice.IntN(2) == 0 {
		open, end, count = "（元）", "\r\n\r\n", "%d.0"
	}
	head := strings.ReplaceAll("记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号", "(元)", open)
	if wrong {
		p.in++
	}
	sums := []string{fmt.Sprintf(count, p.ins+p.outs), fmt.Sprintf(count, p.ins), formatYuan(p.in), fmt.Sprintf(count, p.outs), formatYuan(p.out)}
	lines := append(append([]string{head}, p.lines...), "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额", "`"+strings.Join(sums, ",`"))
	return []byte(strings.Join(lines, end) + end)
}
