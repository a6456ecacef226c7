package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A grant is a permission as IAM has it: an action on a resource.
type grant struct{ action, resource string }

// A stackCloud plays S3, SQS, DynamoDB and CloudFront with the resources of a stack, and notes the permissions that the
// requests of each command need.
type stackCloud struct {
	s3       *cachetest.S3
	sqs      *intaketest.SQS
	function string            // the code of the edge function
	env      map[string]string // by which the SDK finds it

	mu      sync.Mutex
	command string
	used    map[string]map[grant]bool // by command
}

func newStackCloud(t *testing.T) *stackCloud {
	t.Helper()
	c := &stackCloud{s3: cachetest.NewS3(t), sqs: new(intaketest.SQS), used: make(map[string]map[grant]bool)}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.env = map[string]string{
		"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": stackRegion, "AWS_ENDPOINT_URL": server.URL,
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"),
	}
	return c
}

// start starts a command in a process with the settings of a function, task or job of the stack.
func (c *stackCloud) start(t *testing.T, s stackTemplate, resource string, args ...string) (*exec.Cmd, *output) {
	t.Helper()
	command, _, _ := strings.Cut(strings.Join(args, " "), " --") // lambda http and lambda events have roles of their own
	if args[0] != "lambda" {
		command = args[0]
	}
	c.begin(command)
	var env []string
	for _, values := range []map[string]string{c.env, s.environment(resource)} {
		for name, value := range values {
			env = append(env, name+"="+value)
		}
	}
	return process(t, env, args...)
}

// begin has the permissions of the requests that follow be those of a command.
func (c *stackCloud) begin(command string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.command = command
	if c.used[command] == nil {
		c.used[command] = make(map[grant]bool)
	}
}

// ServeHTTP answers the requests of all services. Those that send JSON name the operation in a header.
func (c *stackCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process ended
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	note := c.notes() // of the command that sent the request, even if the next one begins before the answer is written
	recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	service, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	operation = strings.TrimSuffix(operation, "Batch")
	switch {
	case service == "AmazonSQS":
		c.sqs.ServeHTTP(recorder, r)
		note(grant{"sqs:" + operation, queueARN(path.Base(stringIn(body, "QueueUrl")))})
	case strings.HasPrefix(service, "DynamoDB"):
		fmt.Fprint(recorder, "{}")
		note(grant{"dynamodb:" + operation, fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", stackRegion, stackAccount, stringIn(body, "TableName"))})
	case strings.HasPrefix(r.URL.Path, "/2020-05-31/"):
		c.serveCloudFront(recorder, r, note)
	default:
		c.serveS3(recorder, r)
		for _, g := range s3Grants(r, body, recorder.status) {
			note(g)
		}
	}
}

// notes returns what notes the permissions of the command that runs.
func (c *stackCloud) notes() (note func(grant)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	used := c.used[c.command]
	return func(g grant) {
		c.mu.Lock()
		defer c.mu.Unlock()
		used[g] = true
	}
}

func queueARN(name string) string {
	return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", stackRegion, stackAccount, name)
}

// stringIn returns the value of a name in JSON.
func stringIn(body []byte, name string) string {
	if found := regexp.MustCompile(`"` + name + `":"([^"]*)"`).FindSubmatch(body); found != nil {
		return string(found[1])
	}
	return ""
}

// A statusRecorder notes the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// serveS3 answers as S3, copies and lists of versions included, which the double does not know.
func (c *stackCloud) serveS3(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	from, isCopy := copyOf(r)
	switch {
	case r.URL.Query().Has("versions"):
		fmt.Fprint(w, "<ListVersionsResult></ListVersionsResult>")
	case isCopy:
		fromBucket, fromKey, _ := strings.Cut(from, "/")
		o, ok := c.s3.Object(fromBucket, fromKey)
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<Error><Code>NoSuchKey</Code></Error>")
			return
		}
		c.s3.PutObject(bucket, key, o.Body)
		fmt.Fprintf(w, "<CopyObjectResult><ETag>%s</ETag></CopyObjectResult>", o.ETag())
	default:
		c.s3.ServeHTTP(w, r)
	}
}

func copyOf(r *http.Request) (source string, ok bool) {
	source, err := url.PathUnescape(strings.TrimPrefix(r.Header.Get("X-Amz-Copy-Source"), "/"))
	return source, err == nil && source != ""
}

var deletedKey = regexp.MustCompile(`<Key>([^<]*)</Key>`)

// s3Grants returns the permissions that a request to S3 needs to be answered as it was: S3 answers 403 for a missing object to
// those that may not list.
func s3Grants(r *http.Request, body []byte, status int) (needed []grant) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	whole, object, query := "arn:aws:s3:::"+bucket, "arn:aws:s3:::"+bucket+"/"+key, r.URL.Query()
	switch {
	case query.Has("versions"):
		return []grant{{"s3:ListBucketVersions", whole}}
	case query.Has("notification"):
		return []grant{{"s3:GetBucketNotification", whole}}
	case query.Has("delete"):
		for _, m := range deletedKey.FindAllSubmatch(body, -1) {
			needed = append(needed, grant{"s3:DeleteObject", "arn:aws:s3:::" + bucket + "/" + string(m[1])})
		}
		return needed
	case key == "":
		return []grant{{"s3:ListBucket", whole}}
	case r.Method == http.MethodDelete:
		return []grant{{"s3:DeleteObject", object}}
	case r.Method == http.MethodPut:
		needed = []grant{{"s3:PutObject", object}}
		if from, isCopy := copyOf(r); isCopy { // with the tags of the object, if it has any
			source := "arn:aws:s3:::" + from
			needed = append(needed, grant{"s3:GetObject", source}, grant{"s3:GetObjectTagging", source}, grant{"s3:PutObjectTagging", object})
		}
		return needed
	}
	needed = []grant{{"s3:GetObject", object}}
	if status == http.StatusNotFound {
		needed = append(needed, grant{"s3:ListBucket", whole})
	}
	return needed
}

// serveCloudFront answers as CloudFront with one distribution, whose invalidations are in progress for as long as it is asked.
func (c *stackCloud) serveCloudFront(w http.ResponseWriter, r *http.Request, note func(grant)) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/2020-05-31/"), "/")
	resource := fmt.Sprintf("arn:aws:cloudfront::%s:%s/%s", stackAccount, parts[0], parts[1])
	switch {
	case parts[0] == "function":
		note(grant{"cloudfront:GetFunction", resource})
		w.Header().Set("Content-Type", "application/octet-stream")
		fmt.Fprint(w, c.function)
	case parts[2] == "config":
		note(grant{"cloudfront:GetDistributionConfig", resource})
		fmt.Fprintf(w, `<DistributionConfig><Enabled>true</Enabled><DefaultCacheBehavior><FunctionAssociations><Quantity>1</Quantity><Items><FunctionAssociation><EventType>viewer-request</EventType>`+
			`<FunctionARN>arn:aws:cloudfront::%s:function/imgorigin-%s</FunctionARN></FunctionAssociation></Items></FunctionAssociations>`+
			`</DefaultCacheBehavior></DistributionConfig>`, stackAccount, stackRegion)
	case r.Method == http.MethodPost:
		note(grant{"cloudfront:CreateInvalidation", resource})
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>")
	default:
		note(grant{"cloudfront:GetInvalidation", resource})
		fmt.Fprint(w, "<Invalidation><Id>I1</Id><Status>Completed</Status></Invalidation>")
	}
}

// stack creates the buckets, queues and the function of a stack with these parameters.
func (c *stackCloud) stack(t *testing.T, text string, parameters map[string]string) stackTemplate {
	t.Helper()
	values := map[string]string{"Distribution": "E1", "RemovalsQueue": "true"}
	maps.Copy(values, parameters)
	s := parseStackTemplate(t, text, values)
	values["DeadLetters"] = c.sqs.Create("imgorigin-dead-letters", time.Minute, "", 0)
	for _, queue := range []string{"Events", "Removals"} {
		name := s.property(queue, "QueueName").(string)
		out, err := c.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{
			"Policy": intaketest.PolicyForS3, "RedrivePolicy": `{"deadLetterTargetArn":"` + queueARN("imgorigin-dead-letters") + `","maxReceiveCount":"3"}`,
		}})
		must(t, err)
		values[queue] = *out.QueueUrl
	}
	for _, bucket := range []string{"Originals", "Variants", "Quarantine"} {
		c.s3.CreateBucket(s.ref(bucket).(string))
	}
	c.s3.SetNotifications(s.ref("Originals").(string), cachetest.Notification("imgorigin-events", "ObjectCreated:*", "")+
		cachetest.Notification("imgorigin-removals", "ObjectRemoved:*", "")+cachetest.Notification("imgorigin-removals", "LifecycleExpiration:*", ""))
	c.function = s.property("EdgeFunction", "FunctionCode").(string)
	return s
}
