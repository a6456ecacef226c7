package originals

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrEncoding is the error of an original with a Content-Encoding that can't be undone.
var ErrEncoding = errors.New("content encoding")

// UnknownSize is the Size of an original that is only known at its end.
const UnknownSize = -1

// decoded returns the body of an object without its Content-Encoding, and the size, which is unknown if there was one.
// Tools that upload whole web sites compress images too. They also write that header and do not compress: such a body is
// returned as it is.
func decoded(body io.ReadCloser, size int64, encoding string) (io.ReadCloser, int64, error) {
	for coding := range strings.SplitSeq(encoding, ",") {
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "", "identity", "aws-chunked": // the last is of a request that uploaded the object
		case "gzip", "x-gzip":
			return gunzipped(body, size)
		default:
			return nil, 0, fmt.Errorf("%w %.20q is not read, but only gzip", ErrEncoding, coding)
		}
	}
	return body, size, nil
}

func gunzipped(body io.ReadCloser, size int64) (io.ReadCloser, int64, error) {
	start := bufio.NewReader(body)
	magic, err := start.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if string(magic) != "\x1f\x8b" {
		return readCloser{start, body}, size, nil
	}
	z, err := gzip.NewReader(start)
	if err != nil {
		return nil, 0, ofGzip(err)
	}
	return readCloser{&gzipBody{z}, body}, UnknownSize, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// A gzipBody reads a compressed body.
type gzipBody struct{ z *gzip.Reader }

func (b *gzipBody) Read(p []byte) (int, error) {
	n, err := b.z.Read(p)
	return n, ofGzip(err)
}

// ofGzip makes an error about compressed bytes match [ErrEncoding].
func ofGzip(err error) error {
	_, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	if isCorrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return fmt.Errorf("%w gzip: %w", ErrEncoding, err)
	}
	return err
}
