package plan

// A memo remembers what was read from some texts, such as queries. When it is full, it forgets those that were not used since it
// was last half full, so that texts that are there once, such as signed URLs, do not push out the others.
type memo[V any] struct {
	young, old map[string]V
}

const (
	memoTexts = 1 << 15 // of young, and of old
	memoBytes = 512     // of a text: all of them take 32 MB at most
)

func (m *memo[V]) get(text []byte) (v V, ok bool) {
	if v, ok = m.young[string(text)]; ok {
		return v, true
	}
	if v, ok = m.old[string(text)]; ok {
		m.put(text, v)
	}
	return v, ok
}

func (m *memo[V]) put(text []byte, v V) {
	if len(text) > memoBytes {
		return
	}
	if m.young == nil || len(m.young) >= memoTexts {
		m.young, m.old = make(map[string]V), m.young
	}
	m.young[string(text)] = v
}
