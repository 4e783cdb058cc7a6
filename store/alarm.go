package store

import (
	"context"
	"fmt"

	"kiosk/sale"
)

// alarmColumns are those of an alarm or an audit line. The book keeps the newest thousand (see 0001_book.sql).
const alarmColumns = "at, slot, no, kind, text, act, old_value, new_value, actor, origin"

const insertAlarm = "INSERT INTO alarms (" + alarmColumns + ", seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// sealedAlarm are the arguments of insertAlarm.
func sealedAlarm(a *sale.Alarm) []any {
	values := alarmValues(a)
	return append(values, sealRow("alarms", values))
}

// alarmValues and alarmFields are in the order of alarmColumns.
func alarmValues(a *sale.Alarm) []any {
	return []any{unixMillis(a.At), int64(a.Slot), string(a.No), a.Kind, a.Text, a.Act, a.Old, a.New, a.By, a.From}
}

func alarmFields(a *sale.Alarm) []any {
	return []any{nullTime{&a.At}, &a.Slot, &a.No, &a.Kind, &a.Text, &a.Act, &a.Old, &a.New, &a.By, &a.From}
}

// ListAlarms reads what a person should see and what people did, newest first; limit 0 reads all that are kept.
func (r *Reader) ListAlarms(ctx context.Context, limit int) ([]sale.Alarm, error) {
	alarms, err := readAll(ctx, r.db, alarmFields, "SELECT "+alarmColumns+" FROM alarms ORDER BY id DESC"+limited, limit)
	if err != nil {
		return nil, fmt.Errorf("list alarms: %w", err)
	}
	return alarms, nil
}
