package pay

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// beijing is the only time zone the gateway knows.
var beijing = time.FixedZone("Beijing", 8*60*60)

// stampLayout is how API v2 writes a time, without a zone.
const stampLayout = "20060102150405"

// sanitizeWord is a word of the gateway if it looks like one, for errors. No word holds digits: a payment code does.
func sanitizeWord(word string) string {
	if word == "" || len(word) > 32 || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
		return "an unknown word"
	}
	return word
}

// parseDigits reads a plain number. Twelve digits of fen are ten billion yuan: a longer text is no sum of a kiosk's.
func parseDigits(s string) (int64, bool) {
	if !onlyDigits(s) || len(s) > 12 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// parseInBeijing reads a time of the gateway's that names no zone. Exactly the layout: the library would
// let a fraction of a second pass that no such field has.
func parseInBeijing(layout, text string) (time.Time, error) {
	at, err := time.ParseInLocation(layout, text, beijing)
	if err == nil && at.Format(layout) != text {
		err = errors.New("a time has more to it than its layout")
	}
	return at, err
}

// wrapError names the call in an error, and lets nothing half read out beside it.
func wrapError[T any](e endpoint, read *T, err *error) {
	if *err != nil {
		*read = *new(T)
		*err = fmt.Errorf("%s: %w", e.what, *err)
	}
}

// readClock is the time by a given clock, or by the wall.
func readClock(given func() time.Time) time.Time {
	if given != nil {
		return given()
	}
	return time.Now()
}
