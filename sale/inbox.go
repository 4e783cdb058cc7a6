package sale

import "sync"

// inbox holds what happened until the shop takes it. What came back from a deed of an earlier life is dropped.
type inbox struct {
	mu    sync.Mutex
	queue []Input
	life  int
	bell  chan struct{}
}

const inboxMost = 256

func (b *inbox) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bell == nil {
		b.bell = make(chan struct{}, 1)
	}
}

// renew begins a new life: what was told to the old one is gone.
func (b *inbox) renew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.life++
	b.queue = nil
}

func (b *inbox) round() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.life
}

func (b *inbox) answer(in Input, life int) {
	b.mu.Lock()
	old := life != b.life
	b.mu.Unlock()
	if !old {
		b.put(in, true)
	}
}

// put never blocks. Only answers of deeds are taken without limit: there are as many as there were deeds.
func (b *inbox) put(in Input, always bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bell == nil || !always && len(b.queue) >= inboxMost {
		return
	}
	b.queue = append(b.queue, in)
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

func (b *inbox) take() Input {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return nil
	}
	in := b.queue[0]
	b.queue = b.queue[1:]
	return in
}

func (b *inbox) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue) == 0
}
