//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"encoding/binary"
	"errors"
)

// stopAt is the address of a byte in the memory of a module that ends it. Programs in C keep nothing there: their data
// begin at 1024, and null pointers are below.
const stopAt = 8

// stopCheck is put at the beginning of each loop:
//
//	if (*(uint32_t *) stopAt) unreachable;
//
// The checks of the runtime, which call back from each iteration, take four times what the codecs do.
var stopCheck = []byte{0x41, 0x00, 0x28, 0x02, stopAt, 0x04, 0x40, 0x00, 0x0b}

var errModule = errors.New("not a module of the kind that is known")

const codeSection = 10

// withInterrupts returns a module (WebAssembly Core Specification 2.0, 5.5) whose loops can be ended.
func withInterrupts(module []byte) (out []byte, err error) {
	defer func() { // the reader goes on without checks, since the modules ship with this package
		if recover() != nil {
			out, err = nil, errModule
		}
	}()
	const head = 8
	out = append(out, module[:head]...)
	for r := (&codeReader{b: module[head:]}); len(r.b) > 0; {
		id := r.byte()
		body := r.take(r.number())
		if id == codeSection {
			body = withStopChecks(body)
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(body))), body...)
	}
	return out, nil
}

// withStopChecks returns a code section in which the loops of all functions begin with a check.
func withStopChecks(section []byte) (out []byte) {
	r := &codeReader{b: section}
	functions := r.number()
	out = binary.AppendUvarint(out, uint64(functions))
	for range functions {
		body := checked(r.take(r.number()))
		out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
	}
	return out
}

// checked returns the body of a function, which is its local variables and instructions, with checks.
func checked(body []byte) (out []byte) {
	const loop = 0x03
	r := &codeReader{b: body}
	for range r.number() {
		r.number()
		r.byte()
	}
	from := 0
	for len(r.b) > 0 {
		if op := r.byte(); op == loop {
			r.number()
			at := len(body) - len(r.b)
			out = append(append(out, body[from:at]...), stopCheck...)
			from = at
		} else {
			r.skipOperands(op)
		}
	}
	return append(out, body[from:]...)
}

// A codeReader reads instructions.
type codeReader struct{ b []byte }

func (r *codeReader) byte() byte { return r.take(1)[0] }

func (r *codeReader) take(n int) []byte {
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

// number reads a number in LEB128. Of one with a sign it only finds the end.
func (r *codeReader) number() (v int) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		if v |= int(b&0x7f) << shift; b < 0x80 {
			return v
		}
	}
}

func (r *codeReader) numbers(n int) {
	for range n {
		r.number()
	}
}

// skipOperands skips what follows the code of an instruction (5.4).
func (r *codeReader) skipOperands(op byte) {
	switch {
	case op == 0x02, op == 0x04, op == 0x0c, op == 0x0d, op == 0x10, op == 0x12, op >= 0x20 && op <= 0x26,
		op == 0x3f, op == 0x40, op == 0x41, op == 0x42, op == 0xd0, op == 0xd2:
		r.number() // a type, a label, an index or a constant
	case op == 0x0e: // br_table
		r.numbers(r.number() + 1)
	case op == 0x11, op == 0x13, op >= 0x28 && op <= 0x3e: // indirect calls; loads and stores
		r.numbers(2)
	case op == 0x1c: // select with types
		r.take(r.number())
	case op == 0x43:
		r.take(4)
	case op == 0x44:
		r.take(8)
	case op == 0xfc:
		r.skipBulkOperands(r.number())
	case op == 0xfd:
		r.skipVectorOperands(r.number())
	case op > 0xc4:
		panic(errModule)
	}
}

// skipBulkOperands skips those of instructions for conversions, and for parts of memories and tables.
func (r *codeReader) skipBulkOperands(op int) {
	switch op {
	case 8, 10, 12, 14:
		r.numbers(2)
	case 9, 11, 13, 15, 16, 17:
		r.number()
	}
}

// skipVectorOperands skips those of instructions for vectors.
func (r *codeReader) skipVectorOperands(op int) {
	switch {
	case op <= 11, op == 92, op == 93: // loads and stores
		r.numbers(2)
	case op == 12, op == 13: // a constant, a shuffle
		r.take(16)
	case op >= 21 && op <= 34: // a lane
		r.take(1)
	case op >= 84 && op <= 91: // loads and stores of a lane
		r.numbers(2)
		r.take(1)
	}
}
