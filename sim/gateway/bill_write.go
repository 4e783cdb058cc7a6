package gateway

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"time"
)

// formatYuan writes fen with two decimals, yuan5 with five; both without any floating point.
func formatYuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// formatYuan5 has five decimals, as fees are written on bills, though no fee has more than two.
func formatYuan5(fen int64) string { return formatYuan(fen) + "000" }

var (
	billHead = strings.Split("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类", ",")
	billTail = strings.Split("商品名称,商户数据包,手续费,费率", ",")
)

// billColumns are a bill's header by kind and age of the account: 24 or 27 for ALL.
func (g *Gateway) billColumns(kind string) []string {
	total, coupon, back := "总金额", "代金券或立减优惠金额", "代金券或立减优惠退款金额"
	if g.Rules.NewBill {
		total, coupon, back = "应结订单金额", "代金券金额", "充值券退款金额"
	}
	names := append(append([]string(nil), billHead...), total, coupon)
	if kind == refund {
		names = append(names, "退款申请时间", "退款成功时间")
	}
	if kind != success {
		names = append(names, "微信退款单号", "商户退款单号", "退款金额", back, "退款类型", "退款状态")
	}
	names = append(names, billTail...)
	if g.Rules.NewBill {
		names = append(names, "订单金额")
		if kind != success {
			names = append(names, "申请退款金额")
		}
		names = append(names, "费率备注")
	}
	return names
}

// billCells are what a row says under every name there is.
func (g *Gateway) billCells(row billRow, now time.Time) map[string]string {
	paid := asMap(g.paidFields(row.o))
	sub := g.SubMchID
	if sub == "" {
		sub = "0"
	}
	c := map[string]string{"交易时间": stampText(row.at), "公众账号ID": g.AppID, "商户号": g.MchID, "特约商户号": sub, "设备号": row.o.Device,
		"微信订单号": row.o.TransactionID, "商户订单号": row.o.No, "用户标识": paid["openid"], "交易类型": paid["trade_type"], "交易状态": row.state,
		"付款银行": paid["bank_type"], "货币种类": "CNY", "商品名称": row.o.Body, "商户数据包": row.o.Attach, "手续费": formatYuan5(row.platformFee()), "费率": "0.60%",
		"总金额": formatYuan(row.fen), "代金券或立减优惠金额": formatYuan(row.coupon), "应结订单金额": formatYuan(row.fen - row.coupon), "代金券金额": formatYuan(row.coupon),
		"微信退款单号": "0", "商户退款单号": "0", "退款金额": "0.00", "代金券或立减优惠退款金额": "0.00", "充值券退款金额": "0.00",
		"订单金额": formatYuan(row.fen), "申请退款金额": "0.00"}
	if !row.isRefund() {
		return c
	}
	for _, name := range []string{"总金额", "代金券或立减优惠金额", "应结订单金额", "代金券金额", "订单金额"} {
		c[name] = "0.00"
	}
	c["退款申请时间"], c["微信退款单号"], c["商户退款单号"] = stampText(row.r.At), row.r.ID, row.r.No
	c["退款金额"], c["申请退款金额"], c["退款类型"] = formatYuan(row.fen), formatYuan(row.fen), "ORIGINAL"
	c["代金券或立减优惠退款金额"] = formatYuan(row.coupon)
	if g.Rules.NewBill {
		c["退款金额"] = formatYuan(row.fen - row.coupon)
	}
	switch state := row.r.stateAt(now); state {
	case success:
		c["退款状态"], c["退款成功时间"] = success, stampText(row.r.Ends)
	case processing:
		c["退款状态"] = processing
	default:
		c["退款状态"] = "FAIL"
	}
	return c
}

// stampText is a time as bills write it: Beijing time, whatever the zone of the machine.
func stampText(at time.Time) string { return at.In(beijing).Format(time.DateTime) }

// billText is the whole bill: names, rows with a backtick before every value, names and values of the sums.
func (g *Gateway) billText(day, kind string, now time.Time, wrong bool) []byte {
	rows, names := g.billRows(day, kind, now), g.billColumns(kind)
	if len(rows) == 0 {
		return nil
	}
	dice := g.random(day, "bill "+kind)
	end, text := "\n", ""
	if !g.Rules.Plain && dice.IntN(2) == 0 {
		text = "\ufeff"
	}
	if !g.Rules.Plain && dice.IntN(2) == 0 {
		end = "\r\n"
	}
	var total, settled, back, backSettled, coupons, fees int64
	lines := []string{strings.Join(names, ",")}
	for _, row := range rows {
		c := g.billCells(row, now)
		values := make([]string, len(names))
		for i, name := range names {
			values[i] = c[name]
		}
		lines = append(lines, "`"+strings.Join(values, ",`"))
		fees += row.platformFee()
		if row.isRefund() {
			back, backSettled, coupons = back+row.fen, backSettled+row.fen-row.coupon, coupons+row.coupon
		} else {
			total, settled = total+row.fen, settled+row.fen-row.coupon
		}
	}
	if wrong {
		total, settled = total+1, settled+1
	}
	sums := []string{fmt.Sprint(len(rows)), formatYuan(total), formatYuan(back), formatYuan(coupons), formatYuan5(fees)}
	head := "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额"
	if g.Rules.NewBill {
		head = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
		sums = []string{sums[0], formatYuan(settled), formatYuan(backSettled), "0.00", sums[4], formatYuan(total), formatYuan(back)}
	}
	lines = append(lines, head, "`"+strings.Join(sums, ",`"))
	return []byte(text + strings.Join(lines, end) + end)
}

// gzipText packs a file, if the request says tar_type=GZIP.
func gzipText(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(text) // a bytes.Buffer never errs
	w.Close()
	return b.Bytes()
}
