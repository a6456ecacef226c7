package render

import "github.com/imgorigin/imgorigin/resize"

// A reservation is the memory of a batch at the gate. Its zero value bounds nothing: nothing is known of the original yet.
type reservation struct {
	need   need
	memory int64 // bytes that the batch has, or waits for

	// extend takes more memory, if there is some at once. It is nil while the batch waits for what it has asked for, and
	// after it has left the gate.
	extend     func(bytes int64) (giveBack func(), ok bool)
	extensions []func() // give back what extend has taken
}

// makeRoom reports whether there is memory for a batch to make some variants, all that it has and another. All of them
// are in memory at the end, so each that joins may need more than the batch has asked for; then more is taken.
func (r *reservation) makeRoom(ts []resize.Transform) bool {
	if r.need == nil {
		return true
	}
	lacking := r.need(ts...) - r.memory
	if lacking <= 0 {
		return true
	}
	if r.extend == nil {
		return false
	}
	giveBack, ok := r.extend(lacking)
	if ok {
		r.memory += lacking
		r.extensions = append(r.extensions, giveBack)
	}
	return ok
}

// close gives back what was taken in addition. From now on there is no room for more.
func (r *reservation) close() {
	for _, giveBack := range r.extensions {
		giveBack()
	}
	r.extend, r.extensions = nil, nil
}
