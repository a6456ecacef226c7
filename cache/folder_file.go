package cache

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// header is the first line of a file of a [FolderStore], in JSON. The body follows it.
type header struct {
	Version      int       `json:"v"`
	Original     string    `json:"original"` // as returned by readable
	MediaType    string    `json:"type"`
	ETag         string    `json:"etag"`
	OriginalETag string    `json:"original_etag"`
	Modified     time.Time `json:"modified"`
	Length       int       `json:"length"` // bytes of the body
}

const headerVersion = 1

// readable returns the key of an original as UTF-8, which JSON requires. Two keys may become the same; their variants
// lie in different folders all the same.
func readable(original string) string { return strings.ToValidUTF8(original, "\uFFFD") }

func encodeHeader(k Key, v *Variant) ([]byte, error) {
	if len(v.Body) == 0 {
		return nil, errEmpty
	}
	line, err := json.Marshal(header{
		headerVersion, readable(k.Original), v.MediaType, v.ETag, v.OriginalETag, v.Modified, len(v.Body),
	})
	return append(line, '\n'), err
}

// openFile returns the variant in the file of k, which has size bytes, to be read from offset. The error matches
// [ErrDamaged] when the file is not whole.
func openFile(k Key, f io.ReadSeekCloser, size, offset int64) (*Opened, error) {
	start := make([]byte, maxHeaderBytes)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	h, rest, err := decodeHeader(k, start[:n])
	if err != nil {
		return nil, err
	}
	headerBytes := int64(n - len(rest))
	if length := size - headerBytes; h.Length <= 0 || length != int64(h.Length) {
		return nil, fmt.Errorf("%w: %d bytes of %d", ErrDamaged, length, h.Length)
	}
	sum, err := hex.DecodeString(strings.Trim(h.ETag, `"`))
	if err != nil || len(sum) != md5.Size {
		return nil, fmt.Errorf("%w: no checksum", ErrDamaged)
	}
	body := fileBody{Closer: f}
	if offset <= int64(len(rest)) {
		body.Reader = io.MultiReader(bytes.NewReader(rest[offset:]), f)
	} else if _, err := f.Seek(headerBytes+offset, io.SeekStart); err == nil {
		body.Reader = f
	} else {
		return nil, err
	}
	v := Variant{MediaType: h.MediaType, ETag: h.ETag, OriginalETag: h.OriginalETag, Modified: h.Modified}
	return NewOpened(v, int64(h.Length), offset, body, sum), nil
}

// A fileBody is the body in an open file.
type fileBody struct {
	io.Reader
	io.Closer
}

// decodeHeader returns the header at the start of the file of k, and what follows it. The error matches [ErrDamaged] when
// there is none.
func decodeHeader(k Key, raw []byte) (h header, rest []byte, err error) {
	h, rest, err = cutHeader(raw)
	if err != nil {
		return header{}, nil, err
	}
	if h.Version != headerVersion || h.Original != readable(k.Original) {
		return header{}, nil, fmt.Errorf("%w: not the variant that its name says: version %d of %q", ErrDamaged, h.Version, h.Original)
	}
	return h, rest, nil
}

// cutHeader returns the header at the start of any file, and what follows it.
func cutHeader(raw []byte) (h header, rest []byte, err error) {
	line, rest, found := bytes.Cut(raw, []byte("\n"))
	if err := json.Unmarshal(line, &h); !found || err != nil {
		return header{}, nil, fmt.Errorf("%w: no header", ErrDamaged)
	}
	return h, rest, nil
}
