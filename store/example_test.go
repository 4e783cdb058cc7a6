package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kiosk/sale"
	"kiosk/store"
)

// The kiosk writes the book; anybody else reads it beside the kiosk, and no waiting goes either way.
func ExampleOpenReader() {
	dir, err := os.MkdirTemp("", "book")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "kiosk.db")
	if err := sellOne(path); err != nil {
		fmt.Println(err)
		return
	}

	reader, err := store.OpenReader(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reader.Close()
	orders, err := reader.ListOrders(context.Background(), 10, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range orders {
		fmt.Println(o.No, o.Name, o.Fen.Yuan(), o.State)
		for _, line := range o.Journal {
			fmt.Println(" ", line.Event)
		}
	}
	// Output:
	// K0042-000001ABCDEFGHIJKLMNOPQR 可乐 3.50 waiting
	//   chosen
	//   asked
}

// sellOne writes the first two moves of an order, as a kiosk does.
func sellOne(path string) error {
	book, err := store.Open(path)
	if err != nil {
		return err
	}
	defer book.Close()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	o := sale.Order{No: sale.Number("K0042", 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), Choice: "1", Means: sale.Native, Slot: 3, Name: "可乐", Fen: 350,
		Merchant: sale.Merchant{API: "v2", AppID: "wx0001", MchID: "1900000109"},
		State:    sale.Asking, Last: sale.Chosen, Created: now, Updated: now, Expires: now.Add(5 * time.Minute), Trusted: true}
	chosen := sale.Move{From: sale.New, Event: sale.Chosen, Order: o, Trusted: true}
	o.State, o.Last, o.Updated = sale.Waiting, sale.Asked, now.Add(time.Second)
	asked := sale.Move{From: sale.Asking, Event: sale.Asked, Order: o, Trusted: true}
	for _, move := range []sale.Move{chosen, asked} {
		if err := book.Write(context.Background(), sale.Batch{Moves: []sale.Move{move}}); err != nil {
			return err
		}
	}
	return nil
}
