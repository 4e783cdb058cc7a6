package hw

import (
	"context"
	"io"
	"time"
)

type Scanner struct {
	Open    func() (io.ReadWriteCloser, error)
	Dialect string
	Gap     time.Duration
	Read    func(text string)
	Health  func(fault string)
}

func (s *Scanner) Arm(on bool)                   {}
func (s *Scanner) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func Kind(text string) string { return "other" }

func OpenSerial(path string, baud int) (io.ReadWriteCloser, error) { return nil, io.EOF }
