package functionurl_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/functionurl"
)

// A response that breaks off does not look like a shorter response: the reader of the stream gets an error, and nothing is added to the part.
func TestBreaksOff(t *testing.T) {
	for _, test := range []struct {
		name, method string
		handler      http.HandlerFunc
		status       int
		body         string
		breaks       bool
	}{
		{"whole", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			io.WriteString(w, "cats")
		}, 200, "cats", false},
		{"of unknown length", "GET", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "cats") }, 200, "cats", false},
		{"HEAD", "HEAD", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "4") }, 200, "", false},
		{"not modified", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			w.WriteHeader(http.StatusNotModified)
		}, 304, "", false},
		{"short", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			io.WriteString(w, "ca")
		}, 200, "ca", true},
		{"aborted", "GET", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "ca")
			panic(http.ErrAbortHandler)
		}, 200, "ca", true},
		{"panic in the body", "GET", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "ca")
			panic("no more cats")
		}, 200, "ca", true},
		{"panic", "GET", func(http.ResponseWriter, *http.Request) { panic("no cats") }, 500, "internal error\n", false},
	} {
		request := &events.LambdaFunctionURLRequest{RawPath: "/img/cat.jpg"}
		request.RequestContext.HTTP.Method = test.method
		response, err := functionurl.New(test.handler, slog.New(slog.DiscardHandler))(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		got := fmt.Sprintf("%d %q, breaks off %t", response.StatusCode, body, errors.Is(err, io.ErrUnexpectedEOF))
		if want := fmt.Sprintf("%d %q, breaks off %t", test.status, test.body, test.breaks); got != want {
			t.Errorf("%s: got %s, want %s", test.name, got, want)
		}
	}
}
