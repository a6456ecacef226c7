package s3event

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ErrEnvelope reports that a message is not a notification of S3, or of a store that speaks like it.
var ErrEnvelope = errors.New("not an event of S3")

// Decode returns the events in a message:
//
//	{"Records":[{"s3":…}]}                       S3 itself, minio, versitygw; SNS with raw delivery
//	{"Type":"Notification","Message":"{…}"}      SNS around one of these
//	{"detail-type":"Object Created","detail":…}  EventBridge
//	{"Records":[{"Sns":{"Message":"{…}"}}]}      SNS as Lambda gets it
//	{"Records":[{"body":"{…}"}]}                 SQS as Lambda gets it
//	{"Event":"s3:TestEvent"}                     S3, when notifications are set up: no events
//	{"imgorigin":{…}}                            an event from [Encode]
//
// It leaves out events that do not change an object's bytes, such as a new tag. The error matches [ErrEnvelope].
func Decode(message []byte) ([]Event, error) { return decode(message, 4) }

// envelope has the fields of every shape that a message can have. A message fills those of one shape.
type envelope struct {
	// S3 itself, or Lambda.
	Records []record

	// S3's test event.
	Event string

	// SNS.
	Type    string
	Message string

	// EventBridge.
	DetailType string  `json:"detail-type"`
	Detail     *detail `json:"detail"`
	Time       string

	// This service.
	Imgorigin *Event `json:"imgorigin"`
}

// Encode returns a message from which [Decode] returns ev, and no other event, with all fields but Redelivered.
func Encode(ev Event) ([]byte, error) {
	return json.Marshal(map[string]Event{"imgorigin": ev})
}

// decode opens envelopes, nested at most depth deep.
func decode(message []byte, depth int) ([]Event, error) {
	if depth == 0 {
		return nil, fmt.Errorf("%w: too many nested envelopes", ErrEnvelope)
	}
	var e envelope
	target := any(&e)
	if strings.HasPrefix(strings.TrimLeft(string(message[:min(len(message), 64)]), " \t\r\n"), "[") {
		target = &e.Records // older versions of versitygw send the array alone
	}
	if err := json.Unmarshal(message, target); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	switch {
	case e.Imgorigin != nil:
		return e.Imgorigin.own()
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
		var decoded []Event
		var err error
		switch {
		case r.SNS != nil:
			decoded, err = decode([]byte(r.SNS.Message), depth-1)
		case r.Body != "":
			decoded, err = decode([]byte(r.Body), depth-1)
		default:
			decoded, err = r.events()
		}
		if err != nil {
			return nil, err
		}
		events = append(events, decoded...)
	}
	return events, nil
}

// record is an event as S3 itself writes it, or a message as Lambda passes it on.
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
	switch {
	case kind == "ObjectCreated", name == "ObjectRestore:Completed": // from an archive: it can be read now
		e.Kind = Created
	case kind == "ObjectRemoved", kind == "LifecycleExpiration", kind == "ReducedRedundancyLostObject":
		e.Kind = Removed
	default:
		return nil, nil
	}
	// versitygw is the only sender that calls itself aws:s3 and yet writes the prefix s3:. It does not escape keys, and
	// its sequencers restart at 1 with the process, so they can't be compared.
	if prefixed && r.EventSource == "aws:s3" {
		e.Sequencer = ""
	} else if key, err := url.QueryUnescape(o.Key); err == nil {
		e.Key = key
	}
	return []Event{e}, nil
}

// detail is the part of an event of EventBridge that S3 writes. Keys are not escaped.
type detail struct {
	Bucket struct{ Name string }
	Object struct {
		Key, ETag, Sequencer string
		VersionID            string `json:"version-id"`
		Size                 int64
	}
}

func (d detail) events(name, eventTime string) ([]Event, error) {
	o := d.Object
	if o.Key == "" {
		return nil, fmt.Errorf("%w: %.100q without a key", ErrEnvelope, name)
	}
	e := Event{
		Name: name, Bucket: d.Bucket.Name, Key: o.Key, VersionID: o.VersionID, ETag: strings.Trim(o.ETag, `"`),
		Size: o.Size, Sequencer: newSequencer(o.Sequencer), Time: parseTime(eventTime),
	}
	switch name {
	case "Object Created", "Object Restore Completed":
		e.Kind = Created
	case "Object Deleted":
		e.Kind = Removed
	default:
		return nil, nil
	}
	return []Event{e}, nil
}

// parseTime parses a time with a zone or, as some senders write it, without. It returns the zero time for any other
// text.
func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// own checks an event that this service has sent to itself.
func (ev Event) own() ([]Event, error) {
	if ev.Key == "" || ev.Kind != Created && ev.Kind != Removed || ev.Deferrals < 0 {
		return nil, fmt.Errorf("%w: an event of kind %.100q about %.100q", ErrEnvelope, ev.Kind, ev.Key)
	}
	ev.Sequencer = newSequencer(string(ev.Sequencer))
	return []Event{ev}, nil
}
