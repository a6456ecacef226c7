// Package quarantinetest has a quarantine in memory, for tests of the packages that use one.
package quarantinetest

import (
	"cmp"
	"context"
	"io/fs"
	"iter"
	"strings"
	"sync"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A Memory is a [quarantine.Store] that keeps cases in a map and copies no originals. A test that looks at the fields
// must not do so while other goroutines call the methods.
type Memory struct {
	mu    sync.Mutex
	Cases map[string]quarantine.Case // by original
	Gets  int                        // calls of Get
	Err   error                      // if not nil, what every method returns
}

var _ quarantine.Store = (*Memory)(nil)

// NewMemory returns an empty quarantine.
func NewMemory() *Memory { return &Memory{Cases: make(map[string]quarantine.Case)} }

// Put implements [quarantine.Store].
func (m *Memory) Put(ctx context.Context, c quarantine.Case) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Err == nil {
		m.Cases[c.Original] = c
	}
	return m.Err
}

// Get implements [quarantine.Store].
func (m *Memory) Get(ctx context.Context, original string) (quarantine.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Gets++
	c, ok := m.Cases[original]
	if !ok {
		return c, cmp.Or(m.Err, fs.ErrNotExist)
	}
	return c, m.Err
}

// List implements [quarantine.Store].
func (m *Memory) List(ctx context.Context, prefix string) iter.Seq2[quarantine.Case, error] {
	return func(yield func(quarantine.Case, error) bool) {
		for key, c := range m.Cases {
			if strings.HasPrefix(key, prefix) && !yield(c, m.Err) {
				return
			}
		}
	}
}

// Release implements [quarantine.Store].
func (m *Memory) Release(ctx context.Context, original string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Err == nil {
		delete(m.Cases, original)
	}
	return m.Err
}
