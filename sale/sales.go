package sale

import "time"

// SalesBucket is what was sold and given back between its beginning and the next one's.
type SalesBucket struct {
	From     time.Time
	Sold     int
	SoldFen  Fen
	Returned int
	BackFen  Fen
}
