package cache

import (
	"fmt"
	"testing"
)

func numbered(i int) Key { return Key{"cat.jpg", fmt.Sprintf("w=%d.webp", i)} }

// A body that is being sent stays in memory when its variant is evicted. It takes the place of variants that could be held.
func TestMemoryCountsBodiesInUse(t *testing.T) {
	const body = 10 << 20
	m := NewMemory(10*body + 10<<10)
	slow := variant(body)
	m.Put(numbered(0), slow, m.Begin())
	for range 3 {
		if !m.Use(numbered(0), slow) {
			t.Fatal("a variant that is held can't be used")
		}
	}
	if got := m.InUse(); got != 0 {
		t.Errorf("while it is held: got %d bytes in use apart, want 0", got)
	}
	m.Drop("cat.jpg")
	if got := m.InUse(); got != m.Bytes() || got < body || got > body+1<<10 {
		t.Errorf("dropped and sent to three clients: got %d bytes in use of %d, want those of one body", got, m.Bytes())
	}
	for i := range 20 {
		m.Put(numbered(i+1), variant(body), m.Begin())
	}
	if m.Len() != 9 || m.Bytes() > 10*body+10<<10 {
		t.Errorf("got %d variants beside the body in use, %d bytes, want 9", m.Len(), m.Bytes())
	}
	m.EndUse(slow)
	m.EndUse(slow)
	if m.InUse() == 0 {
		t.Error("the body is not counted while the last client reads it")
	}
	m.EndUse(slow)
	if got := m.InUse(); got != 0 {
		t.Errorf("after the last use: got %d bytes in use", got)
	}
	if !m.Use(numbered(0), slow) {
		t.Fatal("it can't be used again")
	}
	m.Put(numbered(0), slow, m.Begin())
	if got := m.InUse(); got != 0 {
		t.Errorf("held while it is in use: got %d bytes in use apart, want 0", got)
	}
	before := m.Bytes()
	m.EndUse(slow)
	if got := m.Bytes(); got != before {
		t.Errorf("held and no more in use: got %d bytes, want %d", got, before)
	}
}

// What is in use apart never takes more than the memory has, except for a single body that is larger.
func TestMemoryRefusesMoreUsesThanItHas(t *testing.T) {
	const body = 30 << 20
	m := NewMemory(100 << 20)
	var used []*Variant
	for i := range 10 {
		v := variant(body)
		if m.Use(numbered(i), v) {
			used = append(used, v)
		}
	}
	if len(used) != 3 || m.Bytes() > 100<<20 {
		t.Errorf("got %d bodies of 30 MiB in use, %d bytes, want 3 within 100 MiB", len(used), m.Bytes())
	}
	if m.Reserve(20 << 20) {
		t.Error("bytes were reserved beyond the memory")
	}
	for _, v := range used {
		m.EndUse(v)
	}
	if !m.Reserve(500 << 20) {
		t.Error("nothing is in use, and more than the memory can't be reserved")
	}
	if m.Reserve(1) {
		t.Error("a byte was reserved beside more than the memory")
	}
	m.Unreserve(500 << 20)
	if m.Bytes() != 0 || m.InUse() != 0 {
		t.Errorf("at the end: got %d bytes, %d in use, want none", m.Bytes(), m.InUse())
	}
}

// A memory that holds nothing still sends.
func TestMemoryOfNothingHasUses(t *testing.T) {
	m := NewMemory(0)
	for i := range 64 {
		if !m.Use(numbered(i), variant(1<<20-1<<10)) {
			t.Fatalf("use %d of 1 MiB: refused", i+1)
		}
	}
	if m.Use(numbered(64), variant(1<<20)) {
		t.Error("more than 64 MiB are in use")
	}
}
