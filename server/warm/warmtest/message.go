package warmtest

import (
	"encoding/json"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// Message returns the notification that S3 itself sends about ev.
func Message(ev s3event.Event) string {
	type object struct {
		Key       string `json:"key"`
		Size      int64  `json:"size"`
		ETag      string `json:"eTag"`
		VersionID string `json:"versionId,omitempty"`
		Sequencer string `json:"sequencer"`
	}
	type entity struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object object `json:"object"`
	}
	type record struct {
		EventName   string `json:"eventName"`
		EventSource string `json:"eventSource"`
		S3          entity `json:"s3"`
	}
	names := map[s3event.Kind]string{s3event.Created: "ObjectCreated:Put", s3event.Removed: "ObjectRemoved:Delete"}
	r := record{EventName: names[ev.Kind], EventSource: "aws:s3"}
	r.S3.Bucket.Name = ev.Bucket
	r.S3.Object = object{ev.Key, ev.Size, ev.ETag, ev.VersionID, string(ev.Sequencer)}
	body, err := json.Marshal(map[string][]record{"Records": {r}})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(body)
}
