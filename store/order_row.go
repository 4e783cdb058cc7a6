package store

import (
	"slices"
	"strings"

	"kiosk/sale"
)

// An order is one row. Its columns are named in the order of its values: a list of columns and the function below it
// belong together, and the hashes of the chain depend on that order too, so a new column goes to an end.

// bornColumns are written once, at birth.
var bornColumns = []string{
	"no", "choice", "means", "slot", "name", "name_en", "fen", // what was chosen, at which price
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
	"expires", "transaction_id", "paid_fen", "currency", "paid_at", "source", "misfit", // the payment
	"refund_no", "round", "refund_fen", "why", "doubt", "goods_too", // the refund
	"word", "hand", "fault", "settled_by", "how", "note", // the gateway's word, who returned the money, what a person did
	"state", "last_event", "updated", "sure", "reason", // the move itself: see hashedColumns
}

// movedValues are also what an order is hashed by when it is read back; then the move has no event, which no digest covers.
func movedValues(to []any, m *sale.Move) []any {
	o := &m.Order
	return append(to,
		unixMillis(o.Expires), o.Money.Transaction, int64(o.Money.Fen), o.Money.Currency, unixMillis(o.Money.At), o.Source, o.Misfit,
		o.RefundNo, int64(o.Round), int64(o.RefundFen), o.Why, boolToInt(o.Doubt), boolToInt(o.GoodsToo),
		o.GatewayCode, o.ReturnedBy, o.Fault, o.By, o.How, o.Note,
		string(o.State), string(m.Event), unixMillis(o.Updated), boolToInt(m.Trusted), o.Reason)
}

// orderColumns are what orderFields reads, in its order: all but "sure", whether the clock was trusted at the last move,
// which an order does not have; the journal has it.
var orderColumns = strings.ReplaceAll(strings.Join(slices.Concat(bornColumns, movedColumns), ", "), " sure,", "")

// orderFields are the places of an order's columns.
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

// qualifyColumns names a table before each column, because journal and orders share column names.
func qualifyColumns(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}
