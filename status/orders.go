package status

import "kiosk/sale"

// OrdersJSON is what /orders.json answers and `kiosk orders -json` prints.
func OrdersJSON(entries []sale.Entry) ([]byte, error) { return []byte("[]\n"), nil }
