// Package s3event reads the notifications that S3, and stores that speak like it, send about their objects.
//
// A notification rarely arrives as S3 wrote it. Every service on its way puts it into an envelope of its own, and
// envelopes nest:
//
//	S3 ──────────────► {"Records":[{"s3":…}]}                        also minio and versitygw
//	   ─► SNS ───────► {"Type":"Notification","Message":"{…}"}
//	   ─► EventBridge► {"detail-type":"Object Created","detail":…}
//	   … ─► SQS ─────► as it is, in the body of a message
//	   … ─► Lambda ──► {"Records":[{"body":"{…}"}]} or {"Records":[{"Sns":…}]}
//
// [Decode] opens all of them and returns the same [Event] for the same change, whichever way it came. It corrects what
// senders do differently: keys that are escaped, or not; quoted ETags; sequencers that can't be compared.
//
// Events repeat, arrive late and arrive out of order. A [Sequencer] orders the events of one key where the sender
// numbers them.
package s3event

import (
	"cmp"
	"strings"
	"time"
)

// A Kind is what happened to an object.
type Kind string

const (
	// Created is a put, a copy or a completed multipart upload, of a new object or over an older one.
	Created Kind = "created"

	// Removed is a deletion, an expiry or a delete marker.
	Removed Kind = "removed"
)

// An Event is the news that an object of a bucket was created or removed. It may be delivered more than once, late, and
// after a newer one, so it is only a hint to look at the object.
type Event struct {
	Kind Kind `json:"kind"`

	// Name is the sender's name for the event, such as ObjectCreated:Put or Object Created.
	Name string `json:"name"`

	Bucket    string `json:"bucket"`
	Key       string `json:"key"` // not escaped
	VersionID string `json:"version,omitempty"`
	ETag      string `json:"etag,omitempty"` // without quotes
	Size      int64  `json:"size,omitempty"` // bytes

	// Sequencer is "" when the sender gives none, or one that can't be compared.
	Sequencer Sequencer `json:"sequencer,omitempty"`

	// Time is zero when the sender gives none.
	Time time.Time `json:"time,omitzero"`

	// Redelivered reports that the event was delivered before. An earlier attempt to handle it may have been
	// interrupted anywhere.
	Redelivered bool `json:"-"`

	// The fields below are of an event that this service has sent to itself with [Encode]. S3 sends none of them.

	// Second reports that the original was settled already and is to be settled once more, now that no process can
	// still be working on what it was before.
	Second bool `json:"second,omitempty"`

	// Purge reports that the CDN may cache variants that were dropped: it is to be purged whatever is found.
	Purge bool `json:"purge,omitempty"`

	// NotBefore is the time before which the event is not to be handled. SQS delays a message by 15 minutes at most.
	NotBefore time.Time `json:"not_before,omitzero"`

	// Deferrals is how often the event was sent again because a bucket, a queue or the CDN did not answer.
	Deferrals int `json:"deferrals,omitempty"`
}

// A Sequencer orders the events of one key. It is a hexadecimal number of any length, in lower case, or "" when the
// order is not known.
type Sequencer string

// After reports whether s is known to be later than t. It is false when either is "".
func (s Sequencer) After(t Sequencer) bool { return s != "" && t != "" && s.compare(t) > 0 }

// compare compares two numbers as S3 documents it: the shorter one is padded with zeros on the left.
func (s Sequencer) compare(t Sequencer) int {
	a, b := strings.TrimLeft(string(s), "0"), strings.TrimLeft(string(t), "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// newSequencer returns the sequencer that a sender wrote, "" if it is not a hexadecimal number.
func newSequencer(s string) Sequencer {
	s = strings.ToLower(s)
	if strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return Sequencer(s)
}
