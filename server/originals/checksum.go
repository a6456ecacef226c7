package originals

import (
	"bytes"
	"errors"
	"hash"
	"io"
)

var errDamaged = errors.New("not the bytes that the bucket holds")

// A summedBody verifies the checksum of a body while it is read. Without it, a body that was cut short together with
// its length would be taken for a corrupt image and remembered as one. It costs one or two percent of a fill.
type summedBody struct {
	io.ReadCloser
	left int64 // bytes still to be read
	sum  hash.Hash
	want []byte
}

// Read returns [errDamaged] in place of the last bytes, and of io.EOF, if the checksum does not match.
func (b *summedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	b.left -= int64(n)
	if (b.left <= 0 || errors.Is(err, io.EOF)) && !bytes.Equal(b.sum.Sum(nil), b.want) && (err == nil || errors.Is(err, io.EOF)) {
		return 0, errDamaged
	}
	return n, err
}
