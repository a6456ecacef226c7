package cache

// MinInUse is the number of bytes that may be in use in a memory that is smaller: answers have to be sent even if none is
// held.
const MinInUse = 64 << 20

// A use is a body in use.
type use struct {
	count   int
	cost    int64
	isApart bool // the variant is not held
}

// Use counts the body of a variant, which has the name k, as in use, until [Memory.EndUse] is called. The same body
// counts once, however often it is used, and not again while it is held. Use reports false, and counts nothing, when the
// bodies in use that are not held fill the memory already.
func (m *Memory) Use(k Key, v *Variant) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.uses[v]
	if !ok {
		u.cost = cost(k, v)
		held, _ := m.lru.Peek(k)
		if u.isApart = held != v; u.isApart && !m.setApart(u.cost) {
			return false
		}
	}
	u.count++
	m.uses[v] = u
	return true
}

// EndUse ends a use.
func (m *Memory) EndUse(v *Variant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.uses[v]
	if u.count--; u.count > 0 {
		m.uses[v] = u
		return
	}
	delete(m.uses, v)
	if u.isApart {
		m.endApart(u.cost)
	}
}

// Reserve counts n bytes as in use, such as those of a body that is about to be read, until they are given back with
// [Memory.Unreserve]. It reports false, and counts nothing, when the bodies in use that are not held fill the memory already.
func (m *Memory) Reserve(n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.setApart(n)
}

// Unreserve gives reserved bytes back.
func (m *Memory) Unreserve(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.endApart(n)
}

// InUse returns the number of bytes that are in use and not held.
func (m *Memory) InUse() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.apart
}

// setApart makes room for n bytes in use that are not held. More bytes than there may ever be are admitted alone.
func (m *Memory) setApart(n int64) bool {
	if m.apart > 0 && m.apart+n > max(m.budget, MinInUse) {
		return false
	}
	m.apart += n
	m.bytes += n
	m.evict()
	return true
}

func (m *Memory) endApart(n int64) {
	m.apart -= n
	m.bytes -= n
}
