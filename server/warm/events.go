package warm

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
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

// ErrEnvelope says that a message is nothing that S3, or what speaks like it, sends.
var ErrEnvelope = errors.New("not an event of S3")

// Decode returns the events in a message, whatever it came through:
//
//	{"Records":[{"s3":…}]}                       S3 itself, minio, versitygw; SNS with raw delivery
//	{"Type":"Notification","Message":"{…}"}      SNS around one of these
//	{"detail-type":"Object Created","detail":…}  EventBridge
//	{"Records":[{"Sns":{"Message":"{…}"}}]}      SNS as Lambda gets it
//	{"Records":[{"body":"{…}"}]}                 SQS as Lambda gets it
//	{"Event":"s3:TestEvent"}                     no event
//
// Kinds of events that leave the bytes as they are, such as a new tag, are left out. The error matches
// [ErrEnvelope]; there are no events then.
func Decode(message []byte) ([]Event, error) { return decode(message, 4) }

// envelope is every shape that a message can have; a message fills the fields of one.
type envelope struct {
	Records []record

	Event string // of a test event

	Type    string // of SNS
	Message string

	DetailType string  `json:"detail-type"` // of EventBridge
	Detail     *detail `json:"detail"`
	Time       string
}

// decode unwraps at most depth envelopes.
func decode(message []byte, depth int) ([]Event, error) {
	if depth == 0 {
		return nil, fmt.Errorf("%w: an envelope in an envelope, too often", ErrEnvelope)
	}
	var e envelope
	target := any(&e)
	if strings.HasPrefix(strings.TrimLeft(string(message[:min(len(message), 64)]), " \t\r\n"), "[") {
		target = &e.Records // old versitygw
	}
	if err := json.Unmarshal(message, target); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	switch {
	case len(e.Records) > 0:
		return decodeRecords(e.Records, depth)
	case e.Type == "Notification" && e.Message != "":
		return decode([]byte(e.Message), depth-1)
	case e.Type == "SubscriptionConfirmation", e.Type == "UnsubscribeConfirmation", e.Event == "s3:TestEvent":
		return nil, nil
	case e.DetailType != "" && e.Detail != nil:
		return e.Detail.events(e.DetailType, e.Time)
	}
	return nil, fmt.Errorf("%w: no records", ErrEnvelope)
}

func decodeRecords(records []record, depth int) ([]Event, error) {
	var events []Event
	for _, r := range records {
		var more []Event
		var err error
		switch {
		case r.SNS != nil:
			more, err = decode([]byte(r.SNS.Message), depth-1)
		case r.Body != "":
			more, err = decode([]byte(r.Body), depth-1)
		default:
			more, err = r.events()
		}
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	return events, nil
}

// record is one event as S3 itself writes it, or a message that Lambda was given.
type record struct {
	EventName   string `json:"eventName"`
	EventSource string `json:"eventSource"`
	EventTime   string `json:"eventTime"`
	S3          struct {
		Bucket struct{ Name string }
		Object struct {
			Key, ETag, VersionID, Sequencer string
			Size                            int64
		}
	} `json:"s3"`

	SNS  *struct{ Message string } `json:"Sns"`
	Body string                    `json:"body"`
}

func (r record) events() ([]Event, error) {
	name, prefixed := strings.CutPrefix(r.EventName, "s3:")
	o := r.S3.Object
	if name == "" || o.Key == "" {
		return nil, fmt.Errorf("%w: a record without a name or a key", ErrEnvelope)
	}
	e := Event{
		Name: name, Bucket: r.S3.Bucket.Name, Key: o.Key, VersionID: o.VersionID, ETag: strings.Trim(o.ETag, `"`),
		Size: o.Size, Sequencer: newSequencer(o.Sequencer), Time: parseTime(r.EventTime),
	}
	kind, _, _ := strings.Cut(name, ":")
	switch kind {
	case "ObjectCreated":
		e.Kind = Created
	case "ObjectRemoved", "LifecycleExpiration", "ReducedRedundancyLostObject":
		e.Kind = Removed
	default:
		return nil, nil
	}
	// versitygw alone claims to be S3 and yet writes the prefix. It does not escape keys, and its sequencers
	// begin again at 1 with the process.
	if prefixed && r.EventSource == "aws:s3" {
		e.Sequencer = ""
	} else if key, err := url.QueryUnescape(o.Key); err == nil {
		e.Key = key
	}
	return []Event{e}, nil
}

// detail is what EventBridge says of an event. Keys are not escaped.
type detail struct {
	Bucket struct{ Name string }
	Object struct {
		Key, ETag, Sequencer string
		VersionID            string `json:"version-id"`
		Size                 int64
	}
}

func (d detail) events(name, at string) ([]Event, error) {
	o := d.Object
	if o.Key == "" {
		return nil, fmt.Errorf("%w: %q without a key", ErrEnvelope, name)
	}
	e := Event{
		Name: name, Bucket: d.Bucket.Name, Key: o.Key, VersionID: o.VersionID, ETag: strings.Trim(o.ETag, `"`),
		Size: o.Size, Sequencer: newSequencer(o.Sequencer), Time: parseTime(at),
	}
	switch name {
	case "Object Created":
		e.Kind = Created
	case "Object Deleted":
		e.Kind = Removed
	default:
		return nil, nil
	}
	return []Event{e}, nil
}

// parseTime reads a time with a zone or, as some write it, without.
func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
