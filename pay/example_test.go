package pay_test

import (
	"fmt"
	"os"
	"time"

	"kiosk/pay"
)

// The gateway's bill of a day is a text of Chinese column names, with a backtick before every value. Its totals are checked
// against its rows, so a bill that was cut short is an error.
func ExampleReadBill() {
	text, err := os.ReadFile("testdata/bills/all-new.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.FixedZone("Beijing", 8*3600))

	bill, err := pay.ReadBill(day, text)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range bill.Rows {
		fmt.Println(row.At.Format(time.TimeOnly), row.No, row.State, row.Fen.Yuan(), row.RefundFen.Yuan())
	}

	_, err = pay.ReadBill(day, text[:len(text)/2])
	fmt.Println(err)
	// Output:
	// 08:35:41 K0042-000001ABCDEFGHIJKLMNOPQR SUCCESS 3.50 0.00
	// 10:00:00 K0042-000002ABCDEFGHIJKLMNOPQR SUCCESS 2.00 0.00
	// 10:00:30 K0042-000002ABCDEFGHIJKLMNOPQR REFUND 0.00 2.00
	// read the bill: its totals are missing: it may be cut short
}
