// Package storage parses the locations of images that settings name, and opens them.
//
//	Location        s3://bucket/prefix?options, gs://bucket/prefix, a folder, or none
//	SourceLocation  a Location, or the URL of a web server, to read from
//	Source          the prefix of keys that are read from a SourceLocation: shop/=https://example.com/media/
//	OriginalsFlags  the SourceLocation of --originals, and each Source of --source beside it
//	Resources       opens these as what other packages read, list and write, and closes them at the end of a command
//
// The quarantine, to which originals that cannot be decoded are copied, is a Location too: that of [QuarantineFlags].
package storage

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A Location is where images are stored: a bucket, perhaps below a prefix, or a folder. The zero location is none.
type Location struct {
	Bucket string // a name, or the ARN of an access point
	Prefix string // in the bucket; empty, or ends in a slash
	Folder string // absolute

	Options
}

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts s3://bucket/prefix, gs://bucket/prefix, a folder, and none. In place of a bucket
// there may be the ARN of an access point, as in s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/photos/prefix. Options of
// the bucket follow the prefix, as in s3://bucket/prefix?region=eu-west-1&requester=pays.
func (l *Location) UnmarshalText(text []byte) error {
	s := string(text)
	*l = Location{} // the last value of a flag that is given twice counts
	if s == "none" {
		return nil
	}
	scheme, rest, isURL := strings.Cut(s, "://")
	switch {
	case s == "":
		return errors.New("it is empty, perhaps because a variable of the shell is not set: want s3://bucket/prefix, gs://bucket/prefix, a folder or none")
	case strings.HasPrefix(s, "s3:") && !isURL, strings.HasPrefix(s, "gs:") && !isURL:
		return fmt.Errorf("%q: want s3://bucket/prefix or gs://bucket/prefix", s)
	case isURL && scheme != "s3" && scheme != "gs":
		return fmt.Errorf("%s:// is not supported: want gs://bucket/prefix, s3://bucket/prefix or a folder", scheme)
	case !isURL:
		var err error
		l.Folder, err = filepath.Abs(s)
		return err
	}
	var err error
	rest, options, _ := strings.Cut(rest, "?")
	if l.Bucket, l.Prefix, err = CutBucket(rest); err != nil {
		return fmt.Errorf("%q %w", s, err)
	}
	if l.Options, err = parseBucketOptions(options); err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	l.IsGoogle = scheme == "gs"
	if l.Prefix != "" && !strings.HasSuffix(l.Prefix, "/") {
		l.Prefix += "/"
	}
	return nil
}

// CutBucket splits what is behind s3:// into a bucket and what is in it.
func CutBucket(s string) (bucket, key string, err error) {
	if !isARN(s) {
		if bucket, key, _ = strings.Cut(s, "/"); bucket == "" {
			return "", "", errors.New("has no bucket: want s3://bucket/prefix")
		}
		return bucket, key, nil
	}
	const resource = "accesspoint" // followed by a slash or a colon
	at := strings.Index(s, resource) + len(resource)
	if at < len(resource) || at == len(s) || s[at] != '/' && s[at] != ':' {
		return "", "", errors.New("is not an access point: want s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/prefix")
	}
	name, key, _ := strings.Cut(s[at+1:], "/")
	if name == "" {
		return "", "", errors.New("lacks the name of an access point")
	}
	return s[:at+1] + name, key, nil
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// IsAccessPoint reports whether the bucket is reached through an access point.
func (l Location) IsAccessPoint() bool { return isARN(l.Bucket) }

// eventBucket returns the bucket that events of the location name, "" if that is not known: they never name an access point.
func (l Location) eventBucket() string {
	if isARN(l.Bucket) {
		return ""
	}
	return l.Bucket
}

// String returns the location as [Location.UnmarshalText] takes it.
func (l Location) String() string {
	switch {
	case l.IsNone():
		return "none"
	case l.Bucket != "":
		return l.URL() + l.Options.String()
	}
	return l.Folder
}

// URL returns the URL of a bucket and prefix, without options.
func (l Location) URL() string {
	if l.IsGoogle {
		return "gs://" + l.Bucket + "/" + l.Prefix
	}
	return "s3://" + l.Bucket + "/" + l.Prefix
}

// IsNone reports whether there is no location.
func (l Location) IsNone() bool { return l == Location{} }

// Overlaps reports whether one location contains the other. Variants and originals must not overlap, as variants
// would be taken for originals.
func (l Location) Overlaps(m Location) bool {
	if l.Bucket != m.Bucket || l.IsGoogle != m.IsGoogle || l.IsNone() || m.IsNone() {
		return false
	}
	if l.Bucket != "" {
		return strings.HasPrefix(l.Prefix, m.Prefix) || strings.HasPrefix(m.Prefix, l.Prefix)
	}
	return isWithin(l.Folder, m.Folder) || isWithin(m.Folder, l.Folder)
}

// isWithin reports whether a folder is outer, or lies in it.
func isWithin(folder, outer string) bool {
	rel, err := filepath.Rel(outer, folder)
	return err == nil && filepath.IsLocal(rel)
}
