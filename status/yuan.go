package status

import (
	"strconv"
	"strings"

	"kiosk/sale"
)

// fenOf reads a price as people write it: "3", "3.5", "3.50". -1 if it is none.
func fenOf(yuan string) sale.Fen {
	whole, part, _ := strings.Cut(yuan, ".")
	if len(part) > 2 || strings.HasSuffix(yuan, ".") {
		return -1
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 31)
	if err != nil || whole == "" || n > mostFen {
		return -1
	}
	return sale.Fen(n)
}
