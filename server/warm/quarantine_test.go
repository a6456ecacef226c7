package warm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A ward is a quarantine with its originals, as a test sees them.
type ward struct {
	q         Quarantine
	put       func(key, body string) (etag string)
	original  func(key string) (string, bool)
	copied    func(key string) (string, bool)
	checksTag bool // looks whether the original is still the same
}

func s3Ward(t *testing.T, move bool) ward {
	server := cachetest.NewS3(t)
	server.CreateBucket("photos")
	server.CreateBucket("ward")
	server.Intercept(copyObjects(server))
	get := func(bucket, prefix string) func(string) (string, bool) {
		return func(key string) (string, bool) {
			o, ok := server.Object(bucket, prefix+key)
			return string(o.Body), ok
		}
	}
	return ward{
		q: S3Quarantine{Client: server.Client(), Bucket: "ward", Prefix: "q/", OriginalsBucket: "photos", OriginalsPrefix: "in/", Move: move},
		put: func(key, body string) string {
			server.PutObject("photos", "in/"+key, []byte(body))
			o, _ := server.Object("photos", "in/"+key)
			return o.ETag()
		},
		original: get("photos", "in/"), copied: get("ward", "q/"), checksTag: true,
	}
}

// copyObjects answers CopyObject, with its condition.
func copyObjects(server *cachetest.S3) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		source, err := url.PathUnescape(r.Header.Get("X-Amz-Copy-Source"))
		if source == "" || err != nil || r.Method != http.MethodPut {
			return false
		}
		bucket, key, _ := strings.Cut(source, "/")
		o, ok := server.Object(bucket, key)
		if match := r.Header.Get("X-Amz-Copy-Source-If-Match"); !ok {
			w.WriteHeader(http.StatusNotFound)
			return true
		} else if match != "" && match != o.ETag() {
			w.WriteHeader(http.StatusPreconditionFailed)
			return true
		}
		bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		server.PutObject(bucket, key, o.Body)
		fmt.Fprintf(w, "<CopyObjectResult><ETag>%s</ETag></CopyObjectResult>", o.ETag())
		return true
	}
}

func folderWard(t *testing.T, move bool) ward {
	open := func(dir string) *os.Root {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		return root
	}
	get := func(dir string) func(string) (string, bool) {
		return func(key string) (string, bool) {
			body, err := os.ReadFile(filepath.Join(dir, key))
			return string(body), err == nil
		}
	}
	originals, aside := t.TempDir(), t.TempDir()
	return ward{
		q: FolderQuarantine{Root: open(aside), Originals: open(originals), Move: move},
		put: func(key, body string) string {
			name := filepath.Join(originals, key)
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(body), 0o600)); err != nil {
				t.Fatal(err)
			}
			return `"` + body + `"`
		},
		original: get(originals), copied: get(aside),
	}
}

func TestQuarantine(t *testing.T) {
	for name, open := range map[string]func(*testing.T, bool) ward{"S3": s3Ward, "Folder": folderWard} {
		t.Run(name, func(t *testing.T) {
			t.Run("Keeps", func(t *testing.T) { testQuarantineKeeps(t, open(t, false)) })
			t.Run("Moves", func(t *testing.T) { testQuarantineMoves(t, open(t, true)) })
			t.Run("Lists", func(t *testing.T) { testQuarantineLists(t, open(t, false)) })
			t.Run("Changed", func(t *testing.T) { testQuarantineChanged(t, open(t, true)) })
		})
	}
}

func caseOf(key, etag string) Case {
	return Case{
		Original: key, ETag: etag, Reason: Corrupt, Error: "corrupt picture: bad marker", Time: time.Unix(1e9, 0).UTC(),
		Event: &s3event.Event{Kind: s3event.Created, Key: key, Sequencer: "0a"},
	}
}

func testQuarantineKeeps(t *testing.T, w ward) {
	for _, key := range []string{"a b+c%2F.jpg", "2026/猫.jpg", strings.Repeat("x", 250), "x.quarantine.json"} {
		c := caseOf(key, w.put(key, "bad"))
		for range 2 { // a message may come again
			if err := w.q.Put(t.Context(), c); err != nil {
				t.Fatalf("put %q: %v", key, err)
			}
		}
		got, err := w.q.Get(t.Context(), key)
		if err != nil || !sameCase(got, c) {
			t.Errorf("get %q: got %+v, %v, want %+v", key, got, err, c)
		}
		if body, _ := w.copied(key); body != "bad" {
			t.Errorf("%q: got %q, want the copy", key, body)
		}
		for range 2 {
			if err := w.q.Release(t.Context(), key); err != nil {
				t.Errorf("release %q: %v", key, err)
			}
		}
		if _, err := w.q.Get(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: got %v, want fs.ErrNotExist", key, err)
		}
		if body, _ := w.original(key); body != "bad" {
			t.Errorf("%q: got %q, want the original untouched", key, body)
		}
		if _, ok := w.copied(key); ok {
			t.Errorf("%q: still there after the release", key)
		}
	}
}

func sameCase(a, b Case) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func testQuarantineMoves(t *testing.T, w ward) {
	if err := w.q.Put(t.Context(), caseOf("a.jpg", w.put("a.jpg", "bad"))); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.original("a.jpg"); ok {
		t.Error("the original is still there")
	}
	if err := w.q.Release(t.Context(), "a.jpg"); err != nil {
		t.Fatal(err)
	}
	if body, _ := w.original("a.jpg"); body != "bad" {
		t.Errorf("got %q, want the original back", body)
	}

	if err := w.q.Put(t.Context(), caseOf("a.jpg", w.put("a.jpg", "bad"))); err != nil {
		t.Fatal(err)
	}
	w.put("a.jpg", "new")
	if err := w.q.Release(t.Context(), "a.jpg"); err != nil {
		t.Fatal(err)
	}
	if body, _ := w.original("a.jpg"); body != "new" {
		t.Errorf("got %q, want the new original", body)
	}
}

func testQuarantineLists(t *testing.T, w ward) {
	long := "2026/" + strings.Repeat("x", 250)
	keys := []string{"2025/a.jpg", "2026/a.jpg", "2026/b.jpg", long}
	for _, key := range keys {
		if err := w.q.Put(t.Context(), caseOf(key, w.put(key, "bad"))); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{"": keys, "2026/": keys[1:], "2026/a": {"2026/a.jpg"}, "z": nil} {
		var got []string
		for c, err := range w.q.List(t.Context(), prefix) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Original)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", prefix, got, want)
		}
	}
	for range w.q.List(t.Context(), "") {
		break
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range w.q.List(canceled, "") {
		if err == nil {
			t.Error("a list without an error, under a context that has ended")
		}
	}
}

func testQuarantineChanged(t *testing.T, w ward) {
	if err := w.q.Put(t.Context(), caseOf("none.jpg", `"1"`)); !errors.Is(err, ErrChanged) {
		t.Errorf("no original: got %v, want ErrChanged", err)
	}
	etag := w.put("a.jpg", "bad")
	w.put("a.jpg", "good")
	err := w.q.Put(t.Context(), caseOf("a.jpg", etag))
	if body, _ := w.original("a.jpg"); w.checksTag && (!errors.Is(err, ErrChanged) || body != "good") {
		t.Errorf("got %v, and %q for an original, want ErrChanged and the new one", err, body)
	}
}

// memoryWard is a Quarantine for tests of what is around one. It counts what it is asked.
type memoryWard struct {
	mu    sync.Mutex
	cases map[string]Case
	asked int
	fail  error
}

func newMemoryWard() *memoryWard { return &memoryWard{cases: make(map[string]Case)} }

func (m *memoryWard) Put(ctx context.Context, c Case) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.cases[c.Original] = c
	}
	return m.fail
}

func (m *memoryWard) Get(ctx context.Context, original string) (Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	c, ok := m.cases[original]
	if !ok {
		return c, cmp.Or(m.fail, fs.ErrNotExist)
	}
	return c, m.fail
}

func (m *memoryWard) List(ctx context.Context, prefix string) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		for key, c := range m.cases {
			if strings.HasPrefix(key, prefix) && !yield(c, m.fail) {
				return
			}
		}
	}
}

func (m *memoryWard) Release(ctx context.Context, original string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		delete(m.cases, original)
	}
	return m.fail
}

func TestReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryWard()
		r := NewReasons(m, nil)
		want := func(what string, key, etag string, fault error, asked int) {
			t.Helper()
			for range 3 {
				if got := r.Fault(t.Context(), key, etag); !errors.Is(got, fault) {
					t.Errorf("%s: got %v, want %v", what, got, fault)
				}
			}
			if m.asked != asked {
				t.Errorf("%s: asked %d times, want %d", what, m.asked, asked)
			}
		}
		want("good", "a.jpg", `"1"`, nil, 1)
		m.cases["a.jpg"] = caseOf("a.jpg", `"1"`) // by another process
		want("not seen yet", "a.jpg", `"1"`, nil, 1)
		time.Sleep(reasonGood)
		want("seen", "a.jpg", `"1"`, resize.ErrCorrupt, 2)
		want("replaced", "a.jpg", `"2"`, nil, 2)
		if text, aside, err := r.Reason(t.Context(), "a.jpg", `"1"`); text != "corrupt picture: bad marker" || !aside || err != nil {
			t.Errorf("got %q, %t, %v", text, aside, err)
		}

		want("good too", "b.jpg", `"1"`, nil, 3)
		c := caseOf("b.jpg", `"1"`)
		c.Reason = Unsupported
		if err := r.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want("put", "b.jpg", `"1"`, resize.ErrUnsupported, 3)
		if err := r.Release(t.Context(), "b.jpg"); err != nil {
			t.Fatal(err)
		}
		want("released", "b.jpg", `"1"`, nil, 4)

		c.Reason = Exhausted
		if err := r.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want("exhausted", "b.jpg", `"1"`, nil, 4)
		if _, aside, err := r.Reason(t.Context(), "b.jpg", `"1"`); aside || err != nil {
			t.Errorf("exhausted: got %t, %v, want it tried again", aside, err)
		}
		m.fail = errors.New("down")
		if _, aside, err := r.Reason(t.Context(), "c.jpg", `"1"`); aside || err == nil {
			t.Errorf("down: got %t, %v, want the error", aside, err)
		}
		want("down", "c.jpg", `"1"`, nil, 8)
	})
}

// table is a TableClient of one table.
type table struct {
	items map[string]map[string]types.AttributeValue
}

func originalOf(item map[string]types.AttributeValue) string {
	return item["original"].(*types.AttributeValueMemberS).Value
}

func (f table) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	f.items[originalOf(in.Item)] = in.Item
	return &dynamodb.PutItemOutput{}, nil
}

func (f table) DeleteItem(_ context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	delete(f.items, originalOf(in.Key))
	return &dynamodb.DeleteItemOutput{}, nil
}

func TestTable(t *testing.T) {
	fake := table{make(map[string]map[string]types.AttributeValue)}
	testTable(t, fake, "failures", func(key string) map[string]types.AttributeValue { return fake.items[key] })
}

// TestTableServer runs against what speaks DynamoDB at IMGORIGIN_TEST_DYNAMODB, a URL.
func TestTableServer(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_DYNAMODB")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_DYNAMODB is not set")
	}
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	name := aws.String("failures-" + fmt.Sprint(time.Now().UnixNano()))
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("original"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("original"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	testTable(t, client, *name, func(key string) map[string]types.AttributeValue {
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: name, Key: map[string]types.AttributeValue{"original": &types.AttributeValueMemberS{Value: key}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Item
	})
}

func testTable(t *testing.T, client TableClient, name string, get func(key string) map[string]types.AttributeValue) {
	q := WithTable(newMemoryWard(), Table{Client: client, Name: name, Keep: time.Hour})
	if err := q.Put(t.Context(), caseOf("2026/猫.jpg", `"1"`)); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for attribute, value := range get("2026/猫.jpg") {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			got[attribute] = v.Value
		case *types.AttributeValueMemberN:
			got[attribute] = "N " + v.Value
		}
	}
	want := map[string]string{
		"original": "2026/猫.jpg", "etag": `"1"`, "reason": "corrupt", "error": "corrupt picture: bad marker",
		"time": "2001-09-09T01:46:40Z", "expires": "N 1000003600",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := q.Release(t.Context(), "2026/猫.jpg"); err != nil {
		t.Fatal(err)
	}
	if got := get("2026/猫.jpg"); len(got) != 0 {
		t.Errorf("got %v after the release", got)
	}
}
