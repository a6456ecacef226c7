package probe

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// MaxSVG bounds the text of a drawing, in bytes. Those of icons have a few kB, maps and traced photographs some MB.
const MaxSVG = 8 << 20

// maxSVGRatio bounds how many times longer than a compressed file its text is. That of drawings is 3 to 10 times as long.
const maxSVGRatio = 16

// ErrSVGLong is for drawings above these bounds.
var ErrSVGLong = fmt.Errorf("drawing of more than %d MiB, or more than %d times as long as its compressed file", MaxSVG>>20, maxSVGRatio)

// SVG reads the size of a drawing from the attributes of its root, which come after a declaration, comments and a document type.
// Width and Height are the least whole numbers of pixels, which are of 1/96 inch. The file may be compressed by gzip, as an .svgz is.
func SVG(src []byte) (Header, error) {
	h := initial()
	head, err := svgHead(src)
	if err != nil {
		return h, err
	}
	root, err := svgRoot(head)
	if isGzip(src) && errors.Is(err, ErrUnsupported) {
		return h, fmt.Errorf("%w: compressed by gzip, and not a drawing", ErrUnsupported)
	}
	if err != nil {
		return h, err
	}
	w, ht := root.size()
	if !(w > 0 && ht > 0 && w < math.MaxInt32 && ht < math.MaxInt32) {
		return h, fmt.Errorf("%w: a drawing of %g × %g pixels", ErrCorrupt, w, ht)
	}
	h.Width, h.Height, h.Ratio = int(math.Ceil(w)), int(math.Ceil(ht)), w/ht
	h.Packed = isGzip(src)
	return h, nil
}

// SVGText returns the text of a whole file, with the size in its header written into the root, in pixels: programs disagree
// about other units, and about a root without a size. The error may match [ErrSVGLong].
func SVGText(src []byte) ([]byte, error) {
	text, err := unpackedSVG(src)
	if err != nil {
		return nil, err
	}
	root, err := svgRoot(text)
	if err != nil {
		return nil, err
	}
	tag, err := root.withSize(text[root.from:root.to])
	if err != nil {
		return nil, err
	}
	return slices.Concat(text[:root.from], tag, text[root.to:]), nil
}

// unpackedSVG returns the text of a file.
func unpackedSVG(src []byte) ([]byte, error) {
	limit := SVGLimit(int64(len(src)), isGzip(src))
	if !isGzip(src) {
		if int64(len(src)) > limit {
			return nil, ErrSVGLong
		}
		return src, nil
	}
	text, err := gunzip(src, limit+1)
	switch {
	case int64(len(text)) > limit:
		return nil, ErrSVGLong
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return text, nil
}

// SVGLimit returns the most bytes that the text of a file of some size has.
func SVGLimit(size int64, isPacked bool) int64 {
	if isPacked {
		size = min(size, MaxSVG) * maxSVGRatio
	}
	return min(size, MaxSVG)
}

func isGzip(src []byte) bool { return hasPrefix(src, "\x1f\x8b") }

// gunzip returns up to limit bytes of what src unpacks to, with the error that ended it before.
func gunzip(src []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	_, err = io.Copy(&text, io.LimitReader(r, limit))
	return text.Bytes(), err
}

// svgHead returns the beginning of a drawing's text.
func svgHead(src []byte) ([]byte, error) {
	const enough = 1 << 20
	if !isGzip(src) {
		return src[:min(len(src), enough)], nil
	}
	head, err := gunzip(src, enough)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return head, nil
}
