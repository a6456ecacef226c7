// Package s3event reads notifications of S3 about objects, whatever envelope they come in: from S3 itself, through SNS,
// EventBridge, SQS or Lambda, and from minio and versitygw.
package s3event

import (
	"cmp"
	"strings"
	"time"
)

// A Kind says what happened to an original.
type Kind string

const (
	Created Kind = "created" // put, copied, put together from parts: new, or over an older one
	Removed Kind = "removed" // deleted, expired, or hidden by a delete marker
)

// An Event says that an object of a bucket was made or removed. Events repeat, come late and out of order, so one
// is no more than a hint to go and look.
type Event struct {
	Kind      Kind      `json:"kind"`
	Name      string    `json:"name"` // as its sender calls it: ObjectCreated:Put, Object Created
	Bucket    string    `json:"bucket"`
	Key       string    `json:"key"` // unescaped
	VersionID string    `json:"version,omitempty"`
	ETag      string    `json:"etag,omitempty"` // without quotes
	Size      int64     `json:"size,omitempty"`
	Sequencer Sequencer `json:"sequencer,omitempty"`
	Time      time.Time `json:"time,omitzero"` // zero when the sender gives none

	// Again says that this event was delivered before: a try may have died half way.
	Again bool `json:"-"`
}

// A Sequencer orders the events of one key: a hexadecimal number of any length. The empty one is before and after
// none; a sender whose numbers do not last has no others.
type Sequencer string

// After tells whether s is known to be later than t.
func (s Sequencer) After(t Sequencer) bool { return s != "" && t != "" && s.compare(t) > 0 }

// compare compares as S3 says: the shorter one is filled up with zeros on the left.
func (s Sequencer) compare(t Sequencer) int {
	a, b := strings.TrimLeft(string(s), "0"), strings.TrimLeft(string(t), "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func newSequencer(s string) Sequencer {
	s = strings.ToLower(s)
	if strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return Sequencer(s)
}
