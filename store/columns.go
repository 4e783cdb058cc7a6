package store

import (
	"fmt"
	"strings"
	"time"

	"kiosk/sale"
)

// bornColumns are written once, at birth.
var bornColumns = []string{
	"no", "choice", "means", "slot", "name", "name_en", "fen",
	"api", "appid", "mchid", "sub_appid", "sub_mchid", "sign_type", "pay_key", "created", "born_sure",
}

func bornValues(to []any, o *sale.Order) []any {
	return append(to,
		string(o.No), o.Choice, string(o.Means), int64(o.Slot), o.Name, o.NameEN, int64(o.Fen),
		o.Merchant.API, o.Merchant.AppID, o.Merchant.MchID, o.Merchant.SubAppID, o.Merchant.SubMchID,
		o.Merchant.SignType, o.Merchant.Key, unixMillis(o.Created), boolToInt(o.Trusted))
}

// movedColumns are written at birth and with every move.
var movedColumns = []string{
	"expires", "transaction_id", "paid_fen", "currency", "paid_at", "source", "misfit",
	"refund_no", "round", "refund_fen", "why", "doubt", "goods_too",
	"word", "hand", "fault", "settled_by", "how", "note",
	"state", "last_event", "updated", "sure", "reason",
}

func movedValues(to []any, m *sale.Move) []any {
	o := &m.Order
	return append(to,
		unixMillis(o.Expires), o.Money.Transaction, int64(o.Money.Fen), o.Money.Currency, unixMillis(o.Money.At), o.Source, o.Misfit,
		o.RefundNo, int64(o.Round), int64(o.RefundFen), o.Why, boolToInt(o.Doubt), boolToInt(o.GoodsToo),
		o.GatewayCode, o.ReturnedBy, o.Fault, o.By, o.How, o.Note,
		string(o.State), string(m.Event), unixMillis(o.Updated), boolToInt(m.Trusted), o.Reason)
}

// orderColumns are what orderFields reads, in its order.
var orderColumns = strings.Join(append(append([]string{}, bornColumns...), withoutSure(movedColumns)...), ", ")

func withoutSure(columns []string) (kept []string) {
	for _, c := range columns {
		if c != "sure" { // the journal's, not the order's
			kept = append(kept, c)
		}
	}
	return kept
}

func orderFields(o *sale.Order) []any {
	return []any{
		&o.No, &o.Choice, &o.Means, &o.Slot, &o.Name, &o.NameEN, &o.Fen,
		&o.Merchant.API, &o.Merchant.AppID, &o.Merchant.MchID, &o.Merchant.SubAppID, &o.Merchant.SubMchID,
		&o.Merchant.SignType, &o.Merchant.Key, nullTime{&o.Created}, &o.Trusted,
		nullTime{&o.Expires}, &o.Money.Transaction, &o.Money.Fen, &o.Money.Currency, nullTime{&o.Money.At}, &o.Source, &o.Misfit,
		&o.RefundNo, &o.Round, &o.RefundFen, &o.Why, &o.Doubt, &o.GoodsToo,
		&o.GatewayCode, &o.ReturnedBy, &o.Fault, &o.By, &o.How, &o.Note,
		&o.State, &o.Last, nullTime{&o.Updated}, &o.Reason,
	}
}

// alarmColumns are what an alarm or an audit line is made of.
const alarmColumns = "at, slot, no, kind, text, act, old_value, new_value, actor, origin"

const insertAlarm = "INSERT INTO alarms (" + alarmColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

func alarmValues(a *sale.Alarm) []any {
	return []any{unixMillis(a.At), int64(a.Slot), string(a.No), a.Kind, a.Text, a.Act, a.Old, a.New, a.By, a.From}
}

func alarmFields(a *sale.Alarm) []any {
	return []any{nullTime{&a.At}, &a.Slot, &a.No, &a.Kind, &a.Text, &a.Act, &a.Old, &a.New, &a.By, &a.From}
}

// unixMillis is a time as the book keeps it: a kiosk without a clock lives in 1970, so 0 is a time and NULL is none.
func unixMillis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// nullTime reads such a time back.
type nullTime struct{ t *time.Time }

func (m nullTime) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

func boolToInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// qualifyColumns names a table before each of some columns.
func qualifyColumns(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}
