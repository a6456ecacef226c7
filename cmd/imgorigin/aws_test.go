package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/awsapi"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A deployment is the buckets, queues and table of a service, on a server of this machine that speaks the APIs of AWS.
type deployment struct {
	endpoint string

	s3     *s3.Client
	sqs    *sqs.Client
	dynamo *awsapi.Client

	photos, variants, quarantine string // buckets
	queue, removals, dead        string // URLs
	table                        string
}

// newDeployment creates the buckets, queues and table on the server that IMGORIGIN_TEST_AWS names, and has S3 send events of
// the bucket photos to the queues.
func newDeployment(t *testing.T, endpoint string) *deployment {
	t.Helper()
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithBaseEndpoint(endpoint))
	must(t, err)
	c := &deployment{
		endpoint: endpoint,

		s3:  s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true }),
		sqs: sqs.NewFromConfig(settings), dynamo: quarantine.NewTableClient(settings),
	}
	suffix := strings.ToLower(rand.Text()[:12])
	c.photos, c.variants, c.quarantine, c.table = "photos-"+suffix, "variants-"+suffix, "quarantine-"+suffix, "failures-"+suffix
	for _, bucket := range []string{c.photos, c.variants, c.quarantine} {
		_, err := c.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
		must(t, err)
	}
	c.dead = c.newQueue(t, "dead-"+suffix, "")
	_, deadARN := c.attributes(t, c.dead)
	redrive := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"2"}`, deadARN)
	c.queue, c.removals = c.newQueue(t, "events-"+suffix, redrive), c.newQueue(t, "removals-"+suffix, redrive)
	_, queueARN := c.attributes(t, c.queue)
	_, removalsARN := c.attributes(t, c.removals)
	_, err = c.s3.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: &c.photos,
		NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{
			{QueueArn: &queueARN, Events: []s3types.Event{"s3:ObjectCreated:*"}},
			{QueueArn: &removalsARN, Events: []s3types.Event{"s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"}},
		}},
	})
	must(t, err)
	must(t, c.dynamo.DoJSON(t.Context(), "CreateTable", map[string]any{
		"TableName": c.table, "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": []any{map[string]string{"AttributeName": "original", "AttributeType": "S"}},
		"KeySchema":            []any{map[string]string{"AttributeName": "original", "KeyType": "HASH"}},
	}, nil))
	return c
}

func (c *deployment) newQueue(t *testing.T, name, redrive string) (url string) {
	t.Helper()
	in := &sqs.CreateQueueInput{QueueName: &name}
	if redrive != "" {
		in.Attributes = map[string]string{
			string(sqstypes.QueueAttributeNameRedrivePolicy): redrive, string(sqstypes.QueueAttributeNamePolicy): intaketest.PolicyForS3,
		}
	}
	out, err := c.sqs.CreateQueue(t.Context(), in)
	must(t, err)
	return *out.QueueUrl
}

// attributes returns the number of messages in a queue, as visible+in flight, and its ARN.
func (c *deployment) attributes(t *testing.T, url string) (messages, arn string) {
	t.Helper()
	out, err := c.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	must(t, err)
	visible, taken := out.Attributes["ApproximateNumberOfMessages"], out.Attributes["ApproximateNumberOfMessagesNotVisible"]
	return visible + "+" + taken, out.Attributes["QueueArn"]
}

// delayed returns the number of messages in a queue that are to be handled later.
func (c *deployment) delayed(t *testing.T, url string) string {
	t.Helper()
	out, err := c.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	must(t, err)
	return out.Attributes["ApproximateNumberOfMessagesDelayed"]
}

func (c *deployment) upload(t *testing.T, key string, body []byte) {
	t.Helper()
	_, err := c.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &c.photos, Key: &key, Body: bytes.NewReader(body)})
	must(t, err)
}

// stored returns a stored variant, nil if there is none.
func (c *deployment) stored(t *testing.T, key, transform string) *cache.Variant {
	t.Helper()
	v, err := cache.NewS3(cache.S3Config{Client: c.s3, Bucket: c.variants}).Get(t.Context(), cache.Key{Original: key, Transform: transform})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	return v
}

// item returns the item of an original in the table, by attribute.
func (c *deployment) item(t *testing.T, key string) map[string]string {
	t.Helper()
	var out struct{ Item map[string]map[string]string }
	must(t, c.dynamo.DoJSON(t.Context(), "GetItem", map[string]any{
		"TableName": c.table, "Key": map[string]any{"original": map[string]string{"S": key}},
	}, &out))
	texts := make(map[string]string)
	for name, value := range out.Item {
		for _, text := range value { // under its type
			texts[name] = text
		}
	}
	return texts
}

// TestRealQueue runs the worker against the S3, SQS and DynamoDB of the server that IMGORIGIN_TEST_AWS names, such as
// moto. It is skipped without one.
func TestRealQueue(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_AWS")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_AWS names no server")
	}
	c := newDeployment(t, endpoint)
	const cat, bad = "2026/a cat ü+.jpg", "2026/bad.jpg"
	photo := func(w, h int) []byte { return resizetest.JPEG(resizetest.Photo(w, h), 85) }
	c.upload(t, cat, photo(800, 600))
	c.upload(t, bad, photo(800, 600)[:5000])
	c.upload(t, "gone.jpg", photo(400, 300))

	stop, _ := c.work(t, c.variants, "--queue", c.queue, "--removals-queue", c.removals)
	eventually(t, "the variants", func() bool {
		return c.stored(t, cat, "w=160.auto") != nil && c.stored(t, cat, "w=320.auto") != nil &&
			c.stored(t, "gone.jpg", "w=320.auto") != nil
	})
	eventually(t, "the item of the corrupt original", func() bool { return len(c.item(t, bad)) > 0 })
	if got := c.item(t, bad); got["reason"] != "corrupt" || got["etag"] == "" || got["expires"] == "" {
		t.Errorf("the item of the corrupt original is %v", got)
	}
	for _, name := range []string{bad, bad + ".quarantine.json"} {
		if _, err := c.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &c.quarantine, Key: &name}); err != nil {
			t.Errorf("in quarantine: %v", err)
		}
	}
	old := c.stored(t, cat, "w=160.auto")
	c.upload(t, cat, photo(600, 800))
	_, err := c.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &c.photos, Key: aws.String("gone.jpg")})
	must(t, err)
	eventually(t, "variants of the new version", func() bool {
		v := c.stored(t, cat, "w=160.auto")
		return v != nil && old != nil && v.OriginalETag != old.OriginalETag
	})
	eventually(t, "the variants of the deleted original gone", func() bool { return c.stored(t, "gone.jpg", "w=320.auto") == nil })
	for _, url := range []string{c.queue, c.removals} {
		eventually(t, "an empty queue", func() bool { n, _ := c.attributes(t, url); return n == "0+0" })
		if n := c.delayed(t, url); n == "0" {
			t.Errorf("no second event waits in %s", url)
		}
	}
	stop()

	// A bucket that does not answer is not the fault of an event: it waits, whatever the queue's number of attempts, until the
	// bucket is there.
	missing := "late-" + c.variants
	stop, log := c.work(t, missing, "--queue", c.queue)
	c.upload(t, "late.jpg", photo(400, 300))
	eventually(t, "an event that was deferred three times", func() bool {
		return strings.Count(log.String(), "event deferred") >= 3
	})
	_, err = c.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &missing})
	must(t, err)
	late := *c
	late.variants = missing
	eventually(t, "the variants in the bucket that came late", func() bool { return late.stored(t, "late.jpg", "w=320.auto") != nil })
	eventually(t, "an empty queue", func() bool { n, _ := c.attributes(t, c.queue); return n == "0+0" })
	stop()
	if n, _ := c.attributes(t, c.dead); n != "0+0" || len(c.item(t, "late.jpg")) > 0 {
		t.Errorf("an outage made %s dead letters, and the item %v", n, c.item(t, "late.jpg"))
	}

	// An original that can't be read: the queue moves the message to the dead letters, whose worker quarantines it.
	stop, _ = c.work(t, c.variants, "--queue", c.queue)
	_, err = c.s3.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &c.photos, Key: aws.String("archived.jpg"), Body: bytes.NewReader(photo(400, 300)), StorageClass: s3types.StorageClassGlacier,
	})
	must(t, err)
	eventually(t, "a dead letter", func() bool { n, _ := c.attributes(t, c.dead); return n == "1+0" })
	stop()
	stop, _ = c.work(t, c.variants, "--dead-letters", c.dead)
	eventually(t, "the item of the original that failed too often", func() bool { return c.item(t, "archived.jpg")["reason"] == "exhausted" })
	eventually(t, "no dead letters", func() bool { n, _ := c.attributes(t, c.dead); return n == "0+0" })
	stop()
	if got := c.item(t, "archived.jpg")["error"]; !strings.Contains(got, "InvalidObjectState") {
		t.Errorf("got error %q, want the last error", got)
	}
}

// work starts a worker of queues, whose log is out. The function that it returns ends the worker.
func (c *deployment) work(t *testing.T, variants string, queues ...string) (stop func(), out *output) {
	t.Helper()
	command, out := process(t, []string{"AWS_ENDPOINT_URL=" + c.endpoint}, append([]string{
		"work", "--originals", "s3://" + c.photos, "--variants", "s3://" + variants, "--quarantine", "s3://" + c.quarantine,
		"--failures-table", c.table, "--warm", "w=160,320&fm=auto", "--visibility", "5s",
	}, queues...)...)
	return func() {
		t.Helper()
		must(t, command.Process.Signal(syscall.SIGTERM))
		if err := command.Wait(); err != nil {
			t.Errorf("the worker ended with %v: %s", err, out)
		}
	}, out
}
