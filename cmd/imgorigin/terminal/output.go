package terminal

import (
	"io"
	"sync"
)

// An Output is the standard output of a process. It remembers that something could not be written, so that not every line that is
// printed needs a check. It is safe for concurrent use if the writer is.
type Output struct {
	w io.Writer

	mu  sync.Mutex
	err error
}

// NewOutput returns an Output that writes to w.
func NewOutput(w io.Writer) *Output { return &Output{w: w} }

// Write implements [io.Writer]. After an error it still tries, as a full disk may have space again and a log goes on, but the
// error of every failed Write is the first one, that of Err.
func (o *Output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err == nil {
		return n, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	return n, o.err
}

// Err returns the first error of a Write.
func (o *Output) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// Fd returns the file descriptor, by which terminals are found, also by other packages; an invalid one if w has none.
func (o *Output) Fd() uintptr {
	if file, ok := o.w.(descriptor); ok {
		return file.Fd()
	}
	return ^uintptr(0)
}

type descriptor interface{ Fd() uintptr }
