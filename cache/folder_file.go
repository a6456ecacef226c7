package cache

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// decodeFile returns the variant in the file of k. The error matches [ErrDamaged] when the file is not whole. The body
// of the variant is a part of raw.
func decodeFile(k Key, raw []byte) (*Variant, error) {
	h, body, err := decodeHeader(k, raw)
	if err != nil {
		return nil, err
	}
	switch {
	case h.Length != len(body) || h.Length == 0:
		return nil, fmt.Errorf("%w: %d bytes of %d", ErrDamaged, len(body), h.Length)
	case h.ETag != ETag(body):
		return nil, fmt.Errorf("%w: the body has another checksum", ErrDamaged)
	}
	return &Variant{
		Body: body, MediaType: h.MediaType, ETag: h.ETag, OriginalETag: h.OriginalETag, Modified: h.Modified,
	}, nil
}

// decodeHeader returns the header at the start of the file of k, and what follows it. The error matches [ErrDamaged] when
// there is none.
func decodeHeader(k Key, raw []byte) (h header, rest []byte, err error) {
	h, rest, err = cutHeader(raw)
	if err != nil {
		return header{}, nil, err
	}
	if h.Version != headerVersion || h.Original != readable(k.Original) {
		return header{}, nil, fmt.Errorf("not the variant that its name says: version %d of %q", h.Version, h.Original)
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
