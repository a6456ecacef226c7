package s3event

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const etag5 = "6137cde4893c59f76f005a8123d8e8e6"

var at53 = time.Date(2026, 11, 23, 2, 53, 45, 0, time.UTC)

// The files in testdata are messages as each sender really sends them, with the names of machines replaced.
func TestDecodeSamples(t *testing.T) {
	aws := Event{
		Kind: Created, Name: "ObjectCreated:Put", Bucket: "photos", Key: "2026/ü b+c.jpg", ETag: etag5, Size: 5,
		Sequencer: "0055aed6dcd90281e5", VersionID: "096fKKXTRTtl3on89fVO.nfljtsv6qko", Time: at53,
	}
	removed := aws
	removed.Kind, removed.Name, removed.ETag, removed.Size = Removed, "ObjectRemoved:DeleteMarkerCreated", "", 0
	removed.Sequencer, removed.Key = "0055aed6dcd90281e6", "a&b=c.jpg"
	bridge := aws
	bridge.Name, bridge.Sequencer, bridge.Key = "Object Created", "617f08299329d189", "2026/ü b+c%2B.jpg"
	minio := Event{
		Kind: Created, Name: "ObjectCreated:Put", Bucket: "evt", Key: "dir/ü b+c.txt", ETag: etag5, Size: 5,
		Sequencer: "18ea8cfbe92e4e4b", Time: at53,
	}
	moto := minio
	moto.Sequencer = ""
	versitygw := minio
	versitygw.Sequencer, versitygw.Key = "", "dir/ü b+c%2B.txt"
	versitygwRemoved := Event{Kind: Removed, Name: "ObjectRemoved:Delete", Bucket: "evt", Key: "copy.txt", Time: at53}

	want := map[string][]Event{
		"s3.json":                   {aws, removed},
		"s3-test-event.json":        nil,
		"s3-tagging.json":           nil,
		"s3-sns.json":               {moto},
		"s3-sns-lambda.json":        {aws},
		"s3-sqs-lambda.json":        {moto, bridge},
		"sns-confirmation.json":     nil,
		"eventbridge.json":          {bridge},
		"eventbridge-sns.json":      {bridge},
		"eventbridge-tags.json":     nil,
		"minio.json":                {minio},
		"versitygw.json":            {versitygw},
		"versitygw-array.json":      {versitygwRemoved},
		"versitygw-tagging.json":    nil,
		"versitygw-test-event.json": nil,
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(want) {
		t.Fatalf("got %d samples, %v, want %d", len(files), err, len(want))
	}
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(message)
		if err != nil || !reflect.DeepEqual(got, want[filepath.Base(file)]) {
			t.Errorf("%s: got %+v, %v, want %+v", file, got, err, want[filepath.Base(file)])
		}
	}
}

func TestDecodeKeys(t *testing.T) {
	tests := []struct{ name, source, key, want string }{
		{"ObjectCreated:Put", "aws:s3", "a+b%2Bc.jpg", "a b+c.jpg"},
		{"ObjectCreated:Put", "aws:s3", "100%.jpg", "100%.jpg"}, // not a valid escape: taken literally
		{"ObjectCreated:Put", "aws:s3", "%E7%8C%AB%2F%F0%9F%90%88.jpg", "猫/🐈.jpg"},
		{"ObjectCreated:Put", "ceph:s3", "a%20b.jpg", "a b.jpg"},
		{"s3:ObjectCreated:Put", "minio:s3", "a+b%2Fc.jpg", "a b/c.jpg"},
		{"s3:ObjectCreated:Put", "aws:s3", "a+b%2Fc.jpg", "a+b%2Fc.jpg"},
	}
	for _, test := range tests {
		var e envelope
		e.Records = []record{{EventName: test.name, EventSource: test.source}}
		e.Records[0].S3.Object.Key = test.key
		message, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(message)
		if err != nil || len(got) != 1 || got[0].Key != test.want {
			t.Errorf("%s of %s, %q: got %+v, %v, want %q", test.name, test.source, test.key, got, err, test.want)
		}
	}
}

func TestDecodeKinds(t *testing.T) {
	for name, want := range map[string]Kind{
		"ObjectCreated:Copy": Created, "ObjectRestore:Completed": Created, "Object Restore Completed": Created,
		"ObjectRemoved:Delete": Removed, "LifecycleExpiration:Delete": Removed, "Object Deleted": Removed,
		"ObjectRestore:Post": "", "ObjectRestore:Delete": "", "Object Restore Initiated": "", "ObjectTagging:Put": "",
	} {
		message := fmt.Sprintf(`{"Records":[{"eventName":%q,"s3":{"object":{"key":"a"}}}]}`, name)
		if strings.Contains(name, " ") { // of EventBridge
			message = fmt.Sprintf(`{"detail-type":%q,"detail":{"object":{"key":"a"}}}`, name)
		}
		got, err := Decode([]byte(message))
		if err != nil || len(got) > 1 || (len(got) == 1) != (want != "") || want != "" && got[0].Kind != want {
			t.Errorf("%s: got %+v, %v, want %q", name, got, err, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := `{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"a"}}}]}`
	for range 5 {
		wrapped, err := json.Marshal(map[string]string{"Type": "Notification", "Message": deep})
		if err != nil {
			t.Fatal(err)
		}
		deep = string(wrapped)
	}
	for _, message := range []string{
		"", "null", "{}", "[]", `"x"`, "{", `{"Records":[]}`, `{"Records":[{}]}`,
		`{"Records":[{"eventName":"ObjectCreated:Put"}]}`,
		`{"Records":[{"dynamodb":{},"eventName":"INSERT"}]}`, `{"detail-type":"Object Created","detail":{}}`,
		`{"Type":"Notification","Message":"hello"}`, deep,
	} {
		if got, err := Decode([]byte(message)); !errors.Is(err, ErrEnvelope) || got != nil {
			t.Errorf("%s: got %v, %v, want ErrEnvelope", message, got, err)
		}
	}
}

func TestSequencer(t *testing.T) {
	// Each is a number greater than the number before it.
	rising := []Sequencer{
		"0", "1", "0f", "010", "ff", "0055aed6dcd90281e5", "55aed6dcd90281e6", "0155aed6dcd90281e5",
		"ffffffffffffffffff",
	}
	for i, a := range rising {
		for j, b := range rising {
			if got, want := a.compare(b), cmp.Compare(i, j); got != want {
				t.Errorf("%q and %q: got %d, want %d", a, b, got, want)
			}
		}
		if a.After("") || Sequencer("").After(a) {
			t.Errorf("%q is ordered relative to the empty sequencer", a)
		}
	}
	if got := newSequencer("18EA8cfb"); got != "18ea8cfb" {
		t.Errorf("got %q, want lower case", got)
	}
	if got := newSequencer("not hex"); got != "" {
		t.Errorf("got %q, want the empty sequencer", got)
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		events, err := Decode(message)
		if err != nil && (events != nil || !errors.Is(err, ErrEnvelope)) {
			t.Errorf("got %v with %v", events, err)
		}
		for _, e := range events {
			known := e.Kind == Created || e.Kind == Removed
			if e.Key == "" || !known || strings.Trim(string(e.Sequencer), "0123456789abcdef") != "" {
				t.Errorf("got %+v", e)
			}
		}
	})
}

// An event that this service sends to itself comes back as it was.
func TestEncode(t *testing.T) {
	want := Event{
		Kind: Removed, Name: "ObjectRemoved:Delete", Bucket: "photos", Key: "a b+%2F/ü \"x\".jpg", Size: 5, Sequencer: "0a1",
		Second: true, Purge: true, Deferrals: 7, NotBefore: time.Date(2026, 6, 1, 12, 0, 0, 123, time.UTC),
	}
	message, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(message)
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{
		`{"imgorigin":{}}`, `{"imgorigin":{"kind":"created"}}`, `{"imgorigin":{"kind":"moved","key":"a"}}`,
		`{"imgorigin":{"kind":"created","key":"a","deferrals":-1}}`, `{"imgorigin":[]}`,
	} {
		if got, err := Decode([]byte(bad)); !errors.Is(err, ErrEnvelope) {
			t.Errorf("%s: got %+v, %v, want ErrEnvelope", bad, got, err)
		}
	}
}
