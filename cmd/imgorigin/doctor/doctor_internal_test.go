package doctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud/cloudtest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A clinic is a service for the doctor to check. All of it works until a test breaks something.
type clinic struct {
	s3         *cachetest.S3
	sqs        *intaketest.SQS
	queue      string
	removals   string
	function   string // the code of the edge function
	tableKey   string
	isDisabled bool
	tagConfig  string // of the distribution, in XML
	header     string // that its origin adds
	args       []string
}

func newClinic(t *testing.T) *clinic {
	c := &clinic{s3: cachetest.NewS3(t), sqs: new(intaketest.SQS), tableKey: "original", header: "x-origin-secret"}
	for _, bucket := range []string{"photos", "variants", "quarantine"} {
		c.s3.CreateBucket(bucket)
	}
	c.s3.PutObject("photos", "2026/readme.txt", []byte("no image"))
	c.s3.PutObject("photos", "2026/sea.jpg", resizetest.JPEG(resizetest.Photo(60, 40), 80))
	endpoint := c.sqs.Serve(t)
	c.sqs.Create("dead", time.Minute, "", 0)
	c.queue, c.removals = c.createQueue(t, "events", intaketest.PolicyForS3), c.createQueue(t, "removals", intaketest.PolicyForS3)
	c.s3.SetNotifications("photos", cachetest.Notification("events", "ObjectCreated:*", "")+
		cachetest.Notification("removals", "ObjectRemoved:*", "")+cachetest.Notification("removals", "LifecycleExpiration:*", "2026/"))
	rest := httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(rest.Close)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": c.s3.URL,
		"AWS_ENDPOINT_URL_SQS": endpoint, "AWS_ENDPOINT_URL_DYNAMODB": rest.URL, "AWS_ENDPOINT_URL_CLOUDFRONT": rest.URL,
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
	c.function = edgeFunction(t, "--sign-keys", "k")
	c.args = []string{
		"--originals", "s3://photos/2026", "--variants", "s3://variants", "--quarantine", "s3://quarantine", "--queue", c.queue,
		"--removals-queue", c.removals,
		"--failures-table", "failures", "--distribution", "E1", "--sign-keys", "k", "--origin-secret", "s",
	}
	return c
}

// createQueue creates a queue with a policy and dead letters.
func (c *clinic) createQueue(t *testing.T, name, policy string) (url string) {
	t.Helper()
	out, err := c.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{
		"Policy": policy, "RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"3"}`,
	}})
	must(t, err)
	return *out.QueueUrl
}

// without returns the arguments without a flag and its value.
func (c *clinic) without(flag string) []string {
	i := slices.Index(c.args, flag)
	return slices.Delete(slices.Clone(c.args), i, i+2)
}

// serve plays DynamoDB and CloudFront.
func (c *clinic) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Amz-Target") == "DynamoDB_20120810.DeleteItem":
		c.deleteItem(w, r)
	case strings.HasSuffix(r.URL.Path, "/distribution/E1/config"):
		fmt.Fprintf(w, `<DistributionConfig><Enabled>%t</Enabled><DefaultCacheBehavior><FunctionAssociations><Quantity>1</Quantity><Items>`+
			`<FunctionAssociation><EventType>viewer-request</EventType>`+
			`<FunctionARN>arn:aws:cloudfront::1:function/images</FunctionARN></FunctionAssociation>`+
			`</Items></FunctionAssociations></DefaultCacheBehavior><Origins><Items><Origin><CustomHeaders><Items><OriginCustomHeader>`+
			`<HeaderName>%s</HeaderName></OriginCustomHeader></Items></CustomHeaders></Origin></Items></Origins>%s</DistributionConfig>`,
			!c.isDisabled, c.header, c.tagConfig)
	case strings.HasSuffix(r.URL.Path, "/function/images"):
		w.Header().Set("Content-Type", "application/octet-stream")
		fmt.Fprint(w, c.function)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>NoSuchDistribution</Code><Message>there is none</Message></Error></ErrorResponse>`)
	}
}

// deleteItem plays DynamoDB with one table.
func (c *clinic) deleteItem(w http.ResponseWriter, r *http.Request) {
	var in struct {
		TableName string
		Key       map[string]any
	}
	code := ""
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case err != nil:
		code = "SerializationException"
	case in.TableName != "failures":
		code = "ResourceNotFoundException"
	case in.Key[c.tableKey] == nil || len(in.Key) != 1:
		code = "ValidationException"
	}
	if code != "" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"com.amazonaws.dynamodb.v20120810#%s"}`, code)
		return
	}
	fmt.Fprint(w, "{}")
}

// findings runs the doctor with further arguments.
func (c *clinic) findings(t *testing.T, args ...string) (findings []finding, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), append(append(c.args, "--json"), args...), &out)
	if err := json.Unmarshal(out.Bytes(), &findings); err != nil {
		t.Fatalf("%s: %v", &out, err)
	}
	return findings, err
}

func TestDoctorFindsNothingWrong(t *testing.T) {
	c := newClinic(t)
	findings, err := c.findings(t)
	if err != nil {
		t.Error(err)
	}
	seen := make(map[string]bool)
	for _, f := range findings {
		if seen[f.About] = true; f.State != good && !strings.Contains(f.Found, "WebP") {
			t.Errorf("got %+v", f)
		}
	}
	for _, about := range []string{
		"settings", "staleness", "engine", "memory", "originals", "clock", "variants", "quarantine", "queue", "removals queue", "dead letters",
		"notifications", "table",
		"distribution",
	} {
		if !seen[about] {
			t.Errorf("there is no finding about %s", about)
		}
	}
	if got := len(c.s3.Keys("variants")) + len(c.s3.Keys("quarantine")); got != 0 {
		t.Errorf("%d objects are left behind", got)
	}
	var out bytes.Buffer
	must(t, run(t.Context(), c.args, &out))
	got := out.String()
	if !strings.Contains(got, "reads jpeg png gif") || !strings.Contains(got, " by Go, ") || !strings.Contains(got, "\n✓ queue") || !strings.HasSuffix(got, "\nNothing is wrong.\n") || strings.Contains(got, "\x1b") {
		t.Errorf("got %s", got)
	}
}

// The pages state the bound that the doctor prints for the defaults.
func TestPagesStateTheStaleness(t *testing.T) {
	findings, _ := newClinic(t).findings(t)
	i := slices.IndexFunc(findings, func(f finding) bool { return f.About == "staleness" })
	printed := regexp.MustCompile(`later than (\S+) after`).FindStringSubmatch(findings[i].Found)
	bound, err := time.ParseDuration(printed[1])
	must(t, err)
	for _, name := range []string{"../../../server/warm/README.md", "../../../deploy/OPERATING.md"} {
		page, err := os.ReadFile(name)
		must(t, err)
		if want := fmt.Sprintf("%.0f s", bound.Seconds()); !regexp.MustCompile(`(?i)from (\*\*)?` + want).Match(page) {
			t.Errorf("%s does not state %s", name, want)
		}
	}
}

func TestFindingsInColor(t *testing.T) {
	all := []finding{{good, "a", "fine", ""}, {fair, "bc", "so so", "do"}, {bad, "a", "broken", ""}, {bad, "a", "too", ""}}
	for color, want := range map[bool]string{
		false: "✓ a   fine\n! bc  so so\n      → do\n✗ a   broken\n✗ a   too\n2 things are wrong.\n",
		true: "\x1b[32m✓\x1b[0m a   fine\n\x1b[33m!\x1b[0m bc  so so\n      → do\n\x1b[31m✗\x1b[0m a   broken\n" +
			"\x1b[31m✗\x1b[0m a   too\n2 things are wrong.\n",
	} {
		var out bytes.Buffer
		if printFindings(&out, all, color); out.String() != want {
			t.Errorf("got %q, want %q", &out, want)
		}
	}
}

// The doctor says what is wrong in words of its own, and what to do.
func TestDoctorWithoutCredentials(t *testing.T) {
	c := newClinic(t)
	cloudtest.SetNoCredentials(t)
	findings, _ := c.findings(t)
	for _, f := range findings {
		if f.About == "originals" || f.About == "variants" {
			if f.State != bad || !strings.Contains(f.Found, "there are no AWS credentials") || !strings.Contains(f.Advice, "AWS_PROFILE") {
				t.Errorf("got %+v", f)
			}
		}
	}
}
