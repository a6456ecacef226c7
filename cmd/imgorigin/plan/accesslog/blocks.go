package accesslog

import (
	"bytes"
	"io"
	"sync"
)

const (
	blockBytes = 256 << 10 // a longer line is skipped
	readAhead  = 3         // blocks of a log in memory, beside the one that is parsed
)

type buffer [blockBytes]byte

// buffers are used again: logs are often many small files.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

// A block is some lines of a log.
type block struct {
	*buffer
	lines   []byte // all of them whole
	skipped int64  // lines before them that were too long
	err     error  // what ended the log, such as io.EOF
}

// A splitter splits a log into blocks.
type splitter struct {
	r    io.Reader
	next *buffer
	n    int // bytes of next, the beginning of a line
}

// read reads a block. Until the log ends, the beginning of the line that follows goes to the buffer that free returns.
func (s *splitter) read(free func() *buffer) block {
	b := block{buffer: s.next}
	n, skips := s.n, false
	for {
		m, err := s.r.Read(b.buffer[n:])
		n += m
		if skips {
			end := bytes.IndexByte(b.buffer[:n], '\n') + 1
			if end == 0 && err == nil {
				n = 0
				continue
			}
			if end == 0 {
				end = n
			}
			n, skips = copy(b.buffer[:], b.buffer[end:n]), false
		}
		if err != nil {
			b.lines, b.err = b.buffer[:n], err
			return b
		}
		if n < blockBytes {
			continue
		}
		end := bytes.LastIndexByte(b.buffer[:], '\n') + 1
		if end == 0 {
			b.skipped++
			n, skips = 0, true
			continue
		}
		b.lines, s.next = b.buffer[:end], free()
		s.n = copy(s.next[:], b.buffer[end:])
		return b
	}
}

// eachBlock calls use for the blocks of a log, and returns its error or what ended the log. It reads ahead meanwhile, as most of
// the time that a log takes is that of its decompression; but not while use has the first block, which may be refused.
func eachBlock(r io.Reader, use func(block) error) error {
	fresh := func() *buffer { return buffers.Get().(*buffer) }
	s := splitter{r: r, next: fresh()}
	b := s.read(fresh)
	err := use(b)
	buffers.Put(b.buffer)
	if err != nil || b.err != nil {
		return orEnd(err, b.err)
	}
	blocks, free := make(chan block), make(chan *buffer, readAhead+1)
	for range readAhead { // s has another one
		free <- fresh()
	}
	go func() {
		defer close(blocks)
		for b := (block{}); b.err == nil; {
			b = s.read(func() *buffer { return <-free })
			blocks <- b
		}
	}()
	for b := range blocks {
		if e := use(b); err == nil {
			err = e
		}
		if b.err != nil {
			err = orEnd(err, b.err)
		}
		free <- b.buffer
	}
	for range readAhead + 1 {
		buffers.Put(<-free)
	}
	return err
}

// orEnd returns an error, or what ended a log unless that is its end.
func orEnd(err, end error) error {
	if err == nil && end != io.EOF {
		return end
	}
	return err
}
