package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A location is where images are stored: a bucket, perhaps below a prefix, or a folder. The zero location is none.
type location struct {
	bucket string
	prefix string // in the bucket; empty, or ends in a slash
	folder string // absolute
}

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts s3://bucket/prefix, a folder, and none.
func (l *location) UnmarshalText(text []byte) error {
	s := string(text)
	*l = location{} // the last value of a flag that is given twice counts
	if s == "none" {
		return nil
	}
	rest, isS3 := strings.CutPrefix(s, "s3://")
	if !isS3 {
		if scheme, _, ok := strings.Cut(s, "://"); ok {
			return fmt.Errorf("%s:// is not supported: want s3://bucket/prefix or a folder", scheme)
		}
		var err error
		l.folder, err = filepath.Abs(s)
		return err
	}
	l.bucket, l.prefix, _ = strings.Cut(rest, "/")
	if l.bucket == "" {
		return fmt.Errorf("%q has no bucket: want s3://bucket/prefix", s)
	}
	if l.prefix != "" && !strings.HasSuffix(l.prefix, "/") {
		l.prefix += "/"
	}
	return nil
}

func (l location) String() string {
	switch {
	case l.isNone():
		return "none"
	case l.bucket != "":
		return "s3://" + l.bucket + "/" + l.prefix
	}
	return l.folder
}

func (l location) isNone() bool { return l == location{} }

// overlaps reports whether one location contains the other. Variants and originals must not overlap, as variants
// would be taken for originals.
func (l location) overlaps(m location) bool {
	if l.bucket != m.bucket || l.isNone() || m.isNone() {
		return false
	}
	if l.bucket != "" {
		return strings.HasPrefix(l.prefix, m.prefix) || strings.HasPrefix(m.prefix, l.prefix)
	}
	return isWithin(l.folder, m.folder) || isWithin(m.folder, l.folder)
}

// isWithin reports whether a folder is outer, or lies in it.
func isWithin(folder, outer string) bool {
	rel, err := filepath.Rel(outer, folder)
	return err == nil && filepath.IsLocal(rel)
}
