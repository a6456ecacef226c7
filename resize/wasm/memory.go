//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	page      = 64 << 10 // of the memory of a module, bytes
	maxMemory = 1<<32 - page
)

// A linearMemory is the memory of an instance. It never moves: the addresses up to its limit are reserved when it is
// made, and the system provides pages when they are first written to.
type linearMemory struct {
	reserved []byte
	refused  bool // the module wanted more
	released chan struct{}
	mu       sync.Mutex // held while stop writes, and memory is released
}

// newLinearMemory returns a memory of up to limit bytes, which reserve returns if the system has them.
func newLinearMemory(limit int64, reserve func(n int) []byte) (*linearMemory, error) {
	limit = (min(limit, maxMemory) + page - 1) / page * page
	reserved := reserve(int(limit))
	if reserved == nil {
		return nil, fmt.Errorf("the system refuses %d MiB of memory", limit>>20)
	}
	return &linearMemory{reserved: reserved, released: make(chan struct{})}, nil
}

// Reallocate implements [experimental.LinearMemory].
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.reserved)) {
		m.refused = true
		return nil
	}
	return m.reserved[:size]
}

// Free implements [experimental.LinearMemory]. It does nothing: a module may be closed by its deadline while it runs.
func (m *linearMemory) Free() {}

// release returns the memory to the system. The module does not run any more.
func (m *linearMemory) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.released)
	giveBack(m.reserved)
	m.reserved = nil
}

// stop has the module end with an error, at its next loop. It returns when the memory has been released: a module that
// follows null pointers may overwrite that it is to end.
func (m *linearMemory) stop() {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		m.mu.Lock()
		if len(m.reserved) > stopAt {
			m.reserved[stopAt] = 1
		}
		m.mu.Unlock()
		select {
		case <-m.released:
			return
		case <-again.C:
		}
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
