package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

const (
	uploadTrace  = "5759e988bd862e3fe1be46a994272793"
	uploadHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	otherHeader  = "Root=1-11111111-222222222222222222222222;Parent=53995c3f42cd8ad8;Sampled=1"
)

// The variants that an upload leads to are made in the trace of the upload, by a worker and by a function of Lambda.
func TestTracesGoOnFromTheUpload(t *testing.T) {
	t.Run("work", func(t *testing.T) {
		queues := new(intaketest.SQS)
		endpoint := queues.Serve(t)
		queue := queues.Create("events", time.Minute, "", 0)
		c, originals := newCollector(t), t.TempDir()
		writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80))
		_, err := queues.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &queue, MessageBody: aws.String(created("cat.jpg", 1)),
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String(uploadHeader)},
			},
		})
		must(t, err)
		process(t, append(awsEnv(endpoint), "OTEL_BSP_SCHEDULE_DELAY=50"), "work", "--queue", queue, "--originals", originals,
			"--variants", t.TempDir(), "--warm", "w=160&fm=auto", "--traces", c.URL, "--trace-ratio", "0")
		wantSpansOfUpload(t, c)
	})
	t.Run("lambda", func(t *testing.T) {
		c, originals := newCollector(t), t.TempDir()
		writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80))
		runtime := intaketest.NewRuntime(t)
		runtime.Trace = otherHeader // that of the poller of the queue
		process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr}, "lambda", "events", "--originals", originals,
			"--variants", t.TempDir(), "--warm", "w=160&fm=auto", "--traces", c.URL, "--trace-ratio", "0")
		invoke(t, runtime, fmt.Sprintf(`{"Records":[{"messageId":"1","eventSource":"aws:sqs","body":%q,"attributes":{"AWSTraceHeader":%q}}]}`,
			created("cat.jpg", 1), uploadHeader))
		wantSpansOfUpload(t, c)
	})
}

// wantSpansOfUpload waits for the spans of an event and of its image.
func wantSpansOfUpload(t *testing.T, c *collector) {
	t.Helper()
	id, err := hex.DecodeString(uploadTrace)
	must(t, err)
	wants := []string{"events", "decode", "imgorigin.original", "ObjectCreated:Put", string(id)}
	eventually(t, fmt.Sprintf("the spans %q", wants), func() bool {
		text := c.text()
		return !slices.ContainsFunc(wants, func(want string) bool { return !strings.Contains(text, want) })
	})
	if other, _ := hex.DecodeString("11111111222222222222222222222222"); strings.Contains(c.text(), string(other)) {
		t.Error("got spans of another trace")
	}
}

// The invocation of a function has a trace of its own, which requests, events without one, and what they send go on with.
func TestTracesOfInvocations(t *testing.T) {
	c, originals := newCollector(t), t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80))
	runtime := intaketest.NewRuntime(t)
	runtime.Trace = uploadHeader
	process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr}, "lambda", "http", "--originals", originals, "--variants", "none",
		"--traces", c.URL, "--trace-ratio", "0")
	invoke(t, runtime, `{"rawPath":"/img/cat.jpg","rawQueryString":"w=160","headers":{"host":"x"},`+
		`"requestContext":{"http":{"method":"GET","path":"/img/cat.jpg"},"domainName":"x"}}`)
	id, _ := hex.DecodeString(uploadTrace)
	for _, want := range []string{"GET /img/*", "decode", string(id)} {
		if !strings.Contains(c.text(), want) {
			t.Errorf("got the spans %q, want %q", c.text(), want)
		}
	}
}

// A message without a trace, or with one that is not recorded, has none; an error is in the span.
func TestTraceMessages(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	defer provider.Shutdown(t.Context())
	s := &service{config: server.Config{Tracer: provider.Tracer("test")}}
	client := new(intaketest.SQS)
	queue := client.Create("events", time.Minute, "", 0)
	sender := intake.Sender{Client: client, URL: queue, Trace: server.TraceHeader}
	handle := s.traceMessages(func(ctx context.Context, m intake.Message) error {
		must(t, sender.Send(ctx, s3event.Event{Key: m.Body}, 0))
		return fmt.Errorf("no room")
	})
	for _, header := range []string{"", strings.Replace(uploadHeader, "Sampled=1", "Sampled=0", 1), uploadHeader} {
		if err := handle(t.Context(), intake.Message{ID: "1", Body: "cat.jpg", Trace: header}); err == nil {
			t.Error("got no error")
		}
	}
	got := spans.GetSpans()
	if len(got) != 1 || got[0].SpanContext.TraceID().String() != uploadTrace || got[0].Status.Description == "" {
		t.Fatalf("got %+v, want the span of the upload's trace, with its error", got)
	}
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &queue, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"AWSTraceHeader"},
	})
	if err != nil || len(out.Messages) != 3 {
		t.Fatalf("got %+v, %v", out, err)
	}
	sent := out.Messages[2].Attributes["AWSTraceHeader"]
	if want := fmt.Sprintf("Parent=%s;Sampled=1", got[0].SpanContext.SpanID()); !strings.HasPrefix(sent, "Root=1-5759e988-bd862e3fe1be46a994272793;") ||
		!strings.HasSuffix(sent, want) {
		t.Errorf("what was sent goes on with %q, want the same trace and %s", sent, want)
	}
}

// X-Ray itself takes only signed requests. No other collector gets a signature.
func TestTracesAreSignedForXRay(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	for endpoint, region := range map[string]string{
		"https://xray.eu-west-1.amazonaws.com": "eu-west-1", "https://xray.cn-north-1.amazonaws.com.cn/v1/traces": "cn-north-1",
		"http://localhost:4318": "", "https://xray.eu-west-1.amazonaws.com.example.com": "", "https://example.com/xray.us-east-1.amazonaws.com": "",
	} {
		sign, err := signerFor(t.Context(), endpoint)
		if err != nil || (sign != nil) != (region != "") {
			t.Errorf("%s: got a signer %t, %v", endpoint, sign != nil, err)
		}
		if sign == nil {
			continue
		}
		r, err := http.NewRequest(http.MethodPost, endpoint, nil)
		must(t, err)
		must(t, sign(r, []byte("spans")))
		if got := r.Header.Get("Authorization"); !strings.Contains(got, "Credential=key/") || !strings.Contains(got, "/"+region+"/xray/aws4_request") {
			t.Errorf("%s: got %s", endpoint, got)
		}
	}
	refuse := signXRay(aws.Config{Credentials: credentials.NewStaticCredentialsProvider("", "", "")}, "eu-west-1")
	r, _ := http.NewRequest(http.MethodPost, "https://xray.eu-west-1.amazonaws.com", nil)
	if err := refuse(r, nil); err == nil || !strings.Contains(err.Error(), "X-Ray") {
		t.Errorf("without credentials: got %v", err)
	}
}
