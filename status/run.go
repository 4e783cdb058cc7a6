package status

import (
	"context"
	"time"
)

// Run looks at the board once a minute, so that the page can tell of the last day.
func (p *Page) Run(ctx context.Context) error {
	ticks := time.NewTicker(sampleEvery)
	defer ticks.Stop()
	for {
		if p.Board != nil {
			p.boardHistory.addSample(sampleOf(p.Board(), time.Now()))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}
