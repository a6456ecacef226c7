package cache

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
)

// An Opened is a variant in a [Store] whose body has not been read. It is read to the end by [Opened.ReadAll], or piece
// by piece as an [io.Reader]. The caller closes it.
type Opened struct {
	Variant // without Body, but with Size

	body io.ReadCloser
	left int64     // bytes of body
	sum  hash.Hash // of what was read; nil if the checksum is not known, or if body is only a part
	want []byte    // what sum comes to
}

// NewOpened returns a variant of size bytes whose body begins at offset. Over the whole body, sum has to be want; sum is nil
// if no checksum of it is known.
func NewOpened(v Variant, size, offset int64, body io.ReadCloser, sum hash.Hash, want []byte) *Opened {
	v.Body, v.Size = nil, size
	o := &Opened{Variant: v, body: body, left: size - offset}
	if offset == 0 {
		o.sum, o.want = sum, want
	}
	return o
}

// checkSum compares the checksum of what was read.
func (o *Opened) checkSum() error {
	if o.sum == nil {
		return nil
	}
	if sum := o.sum.Sum(nil); !bytes.Equal(sum, o.want) {
		return fmt.Errorf("%w: the checksum is %x, not %x", ErrDamaged, sum, o.want)
	}
	return nil
}

// Close ends the reading.
func (o *Opened) Close() error { return o.body.Close() }

// Read implements [io.Reader]. It returns the last byte only after the body was found to be whole: the error of a body
// that is short, or has another checksum, matches [ErrDamaged]. The checksum of a part of a body is not known.
func (o *Opened) Read(p []byte) (int, error) {
	if o.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if o.left == 1 {
		return o.readLast(p)
	}
	n, err := o.body.Read(p[:min(int64(len(p)), o.left-1)])
	o.left -= int64(n)
	if o.sum != nil {
		o.sum.Write(p[:n])
	}
	if errors.Is(err, io.EOF) {
		err = o.errShort()
	}
	return n, err
}

// readLast reads the last byte, and on to the end of the body, where a reader that verifies a checksum reports it.
func (o *Opened) readLast(p []byte) (int, error) {
	var last [2]byte
	switch n, err := io.ReadFull(o.body, last[:]); {
	case n == 0 && errors.Is(err, io.EOF):
		return 0, o.errShort()
	case n == 0:
		return 0, err
	case n == 2:
		return 0, fmt.Errorf("%w: more than %d bytes", ErrDamaged, o.Size)
	case !errors.Is(err, io.ErrUnexpectedEOF):
		return 0, err
	}
	if o.sum != nil {
		o.sum.Write(last[:1])
	}
	if err := o.checkSum(); err != nil {
		return 0, err
	}
	p[0] = last[0]
	o.left = 0
	return 1, nil
}

func (o *Opened) errShort() error {
	return fmt.Errorf("%w: %d bytes of %d", ErrDamaged, o.Size-o.left, o.Size)
}

// maxPrealloc is the number of bytes that are allocated on the word of a length alone. Variants have fewer.
const maxPrealloc = 16 << 20

// ReadAll returns the variant with its whole body, and closes it. The error matches [ErrDamaged] when the body is not
// whole.
func (o *Opened) ReadAll() (*Variant, error) {
	defer o.Close()
	var b bytes.Buffer
	// With room for MinRead more, ReadFrom reaches the end of the body, where a reader that verifies a checksum reports it,
	// without growing the buffer again.
	b.Grow(int(min(o.left, maxPrealloc)) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(o.body, o.left+1)); err != nil {
		return nil, err
	}
	if n := int64(b.Len()); n != o.left || n == 0 {
		return nil, fmt.Errorf("%w: %d bytes of %d", ErrDamaged, n, o.left)
	}
	v := o.Variant
	v.Body, v.Size = b.Bytes(), 0
	if o.sum == nil {
		v.ETag = ETag(v.Body) // that of the store may not be the checksum
		return &v, nil
	}
	o.sum.Write(v.Body)
	if err := o.checkSum(); err != nil {
		return nil, err
	}
	return &v, nil
}
