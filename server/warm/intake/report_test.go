package intake

import (
	"context"
	"errors"
	"testing"
)

// An invocation whose events were all done or sent to their queue has a report, one with an error that is to be invoked again has
// none, and a message of SQS is answered as ever.
func TestLambdaReport(t *testing.T) {
	var err error
	l := Lambda{Handle: func(ctx context.Context, m Message) error {
		Note(ctx, Record{Original: "a.jpg", Result: "warmed", Made: 2, Present: 1, Deleted: true}, false)
		Note(ctx, Record{Original: "b.jpg", Result: "failed", Error: "throttled"}, false)
		return err
	}}
	got, errInvoke := l.Invoke(t.Context(), []byte(`{"detail-type": "x"}`))
	want := `{"made":2,"present":1,"deleted":1,"failed":0,"records":[` +
		`{"original":"a.jpg","result":"warmed","made":2,"present":1,"deleted":true},` +
		`{"original":"b.jpg","result":"deferred","made":0,"present":0,"deleted":false,"error":"throttled"}]}`
	if errInvoke != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, errInvoke, want)
	}
	got, errInvoke = l.Invoke(t.Context(), []byte(`{"Records":[{"messageId":"1","eventSource":"aws:sqs"}]}`))
	if errInvoke != nil || string(got) != `{"batchItemFailures":[]}` {
		t.Errorf("SQS: got %s, %v", got, errInvoke)
	}
	err = errors.New("throttled")
	if got, errInvoke = l.Invoke(t.Context(), []byte(`{}`)); !errors.Is(errInvoke, err) {
		t.Errorf("got %s, %v, want the error", got, errInvoke)
	}
}
