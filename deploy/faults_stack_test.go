package deploy

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/imgorigin/imgorigin/resize"
)

// A faultyStack is the deployment under test.
type faultyStack struct {
	t          *testing.T
	s3         *s3.Client
	sqs        *sqs.Client
	buckets    map[string]string // originals, variants, quarantine
	queue      string            // URLs
	removals   string
	dead       string
	binary     string
	proxy      *httptest.Server // of S3 and SQS, for the processes and the edge
	api        *invalidations
	cdn        *cdn
	addrs      [2]string
	servers    [2]*process
	worker     *process
	isOut      atomic.Bool
	refused    atomic.Int64
	mu         sync.Mutex
	states     map[string][]faultState // of each original, in order
	faults     []*fault
	violations []string
	answers    map[string]int
	versions   int
}

// A faultState is what an original is from some time on.
type faultState struct {
	version int       // 0 is no original
	at      time.Time // when S3 had accepted it; zero before
}

type fault struct {
	what     string
	from, to time.Time // to is zero while it lasts
}

func newFaultyStack(t *testing.T) *faultyStack {
	t.Helper()
	endpoint := os.Getenv("IMGORIGIN_TEST_AWS")
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithBaseEndpoint(endpoint), config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	f := &faultyStack{
		t: t, sqs: sqs.NewFromConfig(settings), buckets: make(map[string]string), states: make(map[string][]faultState),
		s3:      s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true }),
		answers: make(map[string]int), binary: filepath.Join(t.TempDir(), "imgorigin"), api: newInvalidations(t),
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", f.binary, "../cmd/imgorigin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	f.createParts()
	f.startProxy(endpoint)
	for i := range f.addrs {
		f.addrs[i] = freeAddr(t)
		f.startServer(i)
	}
	f.startWorker()
	code, err := EdgeFunction(EdgeConfig{Encodes: func(f resize.Format) bool { return portable(f) }})
	if err != nil {
		t.Fatal(err)
	}
	balancer := httptest.NewServer(http.HandlerFunc(f.balance))
	t.Cleanup(balancer.Close)
	f.cdn = newCDN(t, code, "", f.proxy.URL+"/"+f.buckets["variants"], balancer.URL)
	f.api.setCDN(f.cdn)
	return f
}

// createParts creates the buckets and the queues, and has S3 send its events to them.
func (f *faultyStack) createParts() {
	ctx, stamp := f.t.Context(), fmt.Sprint(time.Now().UnixNano())
	check := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	for _, role := range []string{"originals", "variants", "quarantine"} {
		name := role + "-" + stamp
		f.buckets[role] = name
		_, err := f.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
		check(err)
	}
	create := func(name string, attributes map[string]string) (url, arn string) {
		out, err := f.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		check(err)
		got, err := f.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: out.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
		})
		check(err)
		return *out.QueueUrl, got.Attributes["QueueArn"]
	}
	var deadARN, arn, removalsARN string
	f.dead, deadARN = create("dead-"+stamp, nil)
	redrives := map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"3"}`, deadARN)}
	f.queue, arn = create("events-"+stamp, redrives)
	f.removals, removalsARN = create("removals-"+stamp, redrives)
	_, err := f.s3.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: aws.String(f.buckets["originals"]),
		NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{
			{QueueArn: &arn, Events: []s3types.Event{"s3:ObjectCreated:*"}},
			{QueueArn: &removalsARN, Events: []s3types.Event{"s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"}},
		}},
	})
	check(err)
}

// startProxy starts the way to S3 and SQS, which refuses requests about the bucket of variants in the outage.
func (f *faultyStack) startProxy(endpoint string) {
	target, err := url.Parse(endpoint)
	if err != nil {
		f.t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog: log.New(io.Discard, "", 0), // of clients that have gone
	}
	f.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.isOut.Load() && strings.HasPrefix(r.URL.Path, "/"+f.buckets["variants"]) {
			f.refused.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, "<Error><Code>ServiceUnavailable</Code></Error>")
			return
		}
		pass.ServeHTTP(w, r)
	}))
	f.t.Cleanup(f.proxy.Close)
}

// start starts a process of the deployment.
func (f *faultyStack) start(command string, args ...string) *process {
	f.t.Helper()
	return run(f.t, []string{
		"AWS_ENDPOINT_URL=" + f.proxy.URL, "AWS_ENDPOINT_URL_CLOUDFRONT=" + f.api.URL, "AWS_REGION=us-east-1",
	}, f.binary, append([]string{
		command, "--originals", "s3://" + f.buckets["originals"], "--variants", "s3://" + f.buckets["variants"] + "/v",
		"--revalidate", faultsRevalidate.String(), "--admin-listen", "none",
		"--fill-timeout", faultsFillTimeout.String(),
	}, args...)...)
}

func (f *faultyStack) startServer(i int) {
	f.t.Helper()
	f.servers[i] = f.start("serve", "--listen", f.addrs[i])
	await(f.t, "http://"+f.addrs[i]+"/healthz", http.StatusOK)
}

func (f *faultyStack) startWorker() {
	f.worker = f.start("work", "--queue", f.queue, "--removals-queue", f.removals, "--dead-letters", f.dead,
		"--visibility", faultsVisibility.String(), "--quarantine", "s3://"+f.buckets["quarantine"], "--warm", "w=160,320&fm=jpeg",
		"--distribution", distribution, "--purge", "tags")
}

func (f *faultyStack) kill(p *process) {
	f.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		f.t.Fatal(err)
	}
	p.stop()
}

// balance passes a request to one of the serving processes, and to the other if that one does not answer.
func (f *faultyStack) balance(w http.ResponseWriter, r *http.Request) {
	first := rand.IntN(len(f.addrs))
	for i := range f.addrs {
		target := "http://" + f.addrs[(first+i)%len(f.addrs)] + r.URL.RequestURI()
		request, err := http.NewRequestWithContext(r.Context(), r.Method, target, nil)
		if err != nil {
			continue
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			continue
		}
		for name, values := range response.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(response.StatusCode)
		w.Write(body)
		return
	}
	w.WriteHeader(http.StatusBadGateway)
}
