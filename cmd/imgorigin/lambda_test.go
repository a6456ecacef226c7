package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// The function answers a batch with the messages that SQS should deliver again.
func TestLambdaEvents(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80))
	runtime := intaketest.NewRuntime(t)
	_, out := process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr}, "lambda", "events",
		"--originals", originals, "--variants", variants, "--warm", "w=160&fm=auto", "--emf", "photos")
	record := func(id, body string) map[string]string {
		return map[string]string{"messageId": id, "body": body, "eventSource": "aws:sqs"}
	}
	payload, err := json.Marshal(map[string]any{"Records": []any{record("1", created("cat.jpg", 1)), record("2", "not an event")}})
	if err != nil {
		t.Fatal(err)
	}
	response := invoke(t, runtime, string(payload))
	if got := string(response.Body); !strings.Contains(got, `"itemIdentifier":"2"`) || strings.Contains(got, `"itemIdentifier":"1"`) {
		t.Errorf("got %s, want only the second to be retried", got)
	}
	if n := countFiles(t, variants); n != 1 {
		t.Errorf("got %d variants, want 1", n)
	}
	out.await(t, `"EventsWarmed":(1)`) // after each invocation: there may be no other
}

// An event that invokes the function directly is answered with what was done about it.
func TestLambdaEventsReport(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	cat := filepath.Join(originals, "cat.jpg")
	writeFile(t, cat, resizetest.JPEG(resizetest.Photo(500, 400), 80))
	writeFile(t, filepath.Join(originals, "broken.jpg"), []byte("\xff\xd8 broken"))
	runtime := intaketest.NewRuntime(t)
	process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr}, "lambda", "events",
		"--originals", originals, "--variants", variants, "--warm", "w=160&fm=auto", "--quarantine", t.TempDir())
	bridge := func(kind, key string) string {
		return fmt.Sprintf(`{"detail-type": %q, "detail": {"bucket": {"name": "any"}, "object": {"key": %q}}}`, kind, key)
	}
	for i, test := range []struct{ payload, want string }{
		{bridge("Object Created", "cat.jpg"), `{"made":1,"present":0,"deleted":0,"failed":0,"records":[` +
			`{"original":"cat.jpg","event":"Object Created","result":"warmed","made":1,"present":0,"deleted":false}]}`},
		{created("cat.jpg", 2), `{"made":0,"present":1,"deleted":0,"failed":0,"records":[` +
			`{"original":"cat.jpg","event":"ObjectCreated:Put","result":"warmed","made":0,"present":1,"deleted":false}]}`},
		{created("broken.jpg", 3), `{"made":0,"present":0,"deleted":0,"failed":1,"records":[` +
			`{"original":"broken.jpg","event":"ObjectCreated:Put","result":"faulty","made":0,"present":0,"deleted":false,"error":`},
		{bridge("Object Deleted", "cat.jpg"), `{"made":0,"present":0,"deleted":1,"failed":0,"records":[` +
			`{"original":"cat.jpg","event":"Object Deleted","result":"dropped","made":0,"present":0,"deleted":true}]}`},
	} {
		if i == 3 {
			must(t, os.Remove(cat))
		}
		if got := string(invoke(t, runtime, test.payload).Body); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s:\n got %s\nwant %s", test.payload, got, test.want)
		}
	}
}

// The function streams the answer of the origin to its URL.
func TestLambdaHTTP(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80))
	runtime := intaketest.NewRuntime(t)
	process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr}, "lambda", "http", "--originals", originals, "--variants", "none")
	response := invoke(t, runtime, `{"version":"2.0","rawPath":"/img/cat.jpg","rawQueryString":"w=160",`+
		`"headers":{"host":"x.lambda-url.us-east-1.on.aws"},`+
		`"requestContext":{"http":{"method":"GET","path":"/img/cat.jpg"},"domainName":"x"}}`)
	head, body, found := strings.Cut(string(response.Body), strings.Repeat("\x00", 8))
	if !found || !strings.Contains(head, `"statusCode":200`) || !strings.Contains(head, `image/jpeg`) {
		t.Fatalf("got %.300q", response.Body)
	}
	if m := resizetest.Decode([]byte(body)); m.Bounds().Dx() != 160 {
		t.Errorf("got an image of %v", m.Bounds())
	}
}

// The function reads the paths that need no percent-encoding, as the functions at the edge write them, and answers with the image
// of the key that they mean. A path of another form is read as it is. So it is while only a half is deployed: whether the function
// at the edge and this one have --escape-paths or not, nobody gets another image.
func TestLambdaHTTPWithEscapedPaths(t *testing.T) {
	for _, args := range [][]string{{"--escape-paths"}, nil} {
		testEscapedPaths(t, args...)
	}
}

func testEscapedPaths(t *testing.T, args ...string) {
	t.Helper()
	originals, variants := t.TempDir(), t.TempDir()
	for i, name := range []string{"my c+t~.jpg", "a~2.jpg", "plain.jpg", "sp ce.jpg", "sp~20ce.jpg"} {
		writeFile(t, filepath.Join(originals, name), resizetest.JPEG(resizetest.Photo(500, 100+100*i), 80))
	}
	runtime := intaketest.NewRuntime(t)
	process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr},
		append([]string{"lambda", "http", "--originals", originals, "--variants", variants}, args...)...)
	for path, height := range map[string]int{
		"/v/my~20c~2Bt~7E.jpg/~7Ew=160.jpeg": 32, "/v/a~7E2.jpg/~7Ew=160.jpeg": 64, "/v/a~2.jpg/w=160.jpeg": 64,
		"/v/sp~20ce.jpg/~7Ew=160.jpeg": 128, "/v/sp~20ce.jpg/w=160.jpeg": 160, "/v/sp~7E20ce.jpg/~7Ew=160.jpeg": 160,
		"/v/plain.jpg/w=160.jpeg": 96, "/v/sp%20ce.jpg/w=160.jpeg": 128, "/img/sp%20ce.jpg": 0,
	} {
		query := ""
		if height == 0 {
			query, height = "w=160&fm=jpeg", 128
		}
		response := invoke(t, runtime, fmt.Sprintf(`{"version":"2.0","rawPath":%q,"rawQueryString":%q,"headers":{"host":"x"},`+
			`"requestContext":{"http":{"method":"GET","path":%[1]q},"domainName":"x"}}`, path, query))
		head, body, _ := strings.Cut(string(response.Body), strings.Repeat("\x00", 8))
		if !strings.Contains(head, `"statusCode":200`) {
			t.Errorf("%v: %s: got %.300q", args, path, response.Body)
			continue
		}
		if got := resizetest.Decode([]byte(body)).Bounds().Dy(); got != height {
			t.Errorf("%v: %s: got an image of height %d, want %d", args, path, got, height)
		}
	}
}

func invoke(t *testing.T, runtime *intaketest.Runtime, payload string) *intaketest.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	response, err := runtime.Invoke(ctx, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return response
}
