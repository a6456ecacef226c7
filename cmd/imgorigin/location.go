package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A location is where images are stored: a bucket, perhaps below a prefix, or a folder. The zero location is none.
type location struct {
	bucket string // a name, or the ARN of an access point
	prefix string // in the bucket; empty, or ends in a slash
	folder string // absolute

	bucketOptions
}

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts s3://bucket/prefix, gs://bucket/prefix, a folder, and none. In place of a bucket
// there may be the ARN of an access point, as in s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/photos/prefix. Options of
// the bucket follow the prefix, as in s3://bucket/prefix?region=eu-west-1&requester=pays.
func (l *location) UnmarshalText(text []byte) error {
	s := string(text)
	*l = location{} // the last value of a flag that is given twice counts
	if s == "none" {
		return nil
	}
	scheme, rest, isURL := strings.Cut(s, "://")
	switch {
	case s == "":
		return errors.New("it is empty, as an unset variable of a shell: want s3://bucket/prefix, gs://bucket/prefix, a folder or none")
	case strings.HasPrefix(s, "s3:") && !isURL, strings.HasPrefix(s, "gs:") && !isURL:
		return fmt.Errorf("%q: want s3://bucket/prefix or gs://bucket/prefix", s)
	case isURL && scheme != "s3" && scheme != "gs":
		return fmt.Errorf("%s:// is not supported: want gs://bucket/prefix, s3://bucket/prefix or a folder", scheme)
	case !isURL:
		var err error
		l.folder, err = filepath.Abs(s)
		return err
	}
	var err error
	rest, options, _ := strings.Cut(rest, "?")
	if l.bucket, l.prefix, err = cutBucket(rest); err != nil {
		return fmt.Errorf("%q %w", s, err)
	}
	if l.bucketOptions, err = parseBucketOptions(options); err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	l.isGoogle = scheme == "gs"
	if l.prefix != "" && !strings.HasSuffix(l.prefix, "/") {
		l.prefix += "/"
	}
	return nil
}

// cutBucket splits what is behind s3:// into a bucket and what is in it.
func cutBucket(s string) (bucket, key string, err error) {
	if !isARN(s) {
		if bucket, key, _ = strings.Cut(s, "/"); bucket == "" {
			return "", "", errors.New("has no bucket: want s3://bucket/prefix")
		}
		return bucket, key, nil
	}
	const resource = "accesspoint" // followed by a slash or a colon
	at := strings.Index(s, resource) + len(resource)
	if at < len(resource) || at == len(s) || s[at] != '/' && s[at] != ':' {
		return "", "", errors.New("is no access point: want s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/prefix")
	}
	name, key, _ := strings.Cut(s[at+1:], "/")
	if name == "" {
		return "", "", errors.New("has no name of an access point")
	}
	return s[:at+1] + name, key, nil
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// eventBucket returns the bucket that events of the location name, "" if that is not known: they never name an access point.
func (l location) eventBucket() string {
	if isARN(l.bucket) {
		return ""
	}
	return l.bucket
}

func (l location) String() string {
	switch {
	case l.isNone():
		return "none"
	case l.bucket != "":
		return l.url() + l.bucketOptions.String()
	}
	return l.folder
}

// url returns the URL of a bucket and prefix, without options.
func (l location) url() string {
	if l.isGoogle {
		return "gs://" + l.bucket + "/" + l.prefix
	}
	return "s3://" + l.bucket + "/" + l.prefix
}

func (l location) isNone() bool { return l == location{} }

// overlaps reports whether one location contains the other. Variants and originals must not overlap, as variants
// would be taken for originals.
func (l location) overlaps(m location) bool {
	if l.bucket != m.bucket || l.isGoogle != m.isGoogle || l.isNone() || m.isNone() {
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
