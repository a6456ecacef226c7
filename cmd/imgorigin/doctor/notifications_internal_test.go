package doctor

import (
	"net/http"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
)

func notificationFaults() []fault {
	set := func(configurations ...string) func(t *testing.T, c *clinic) {
		return func(t *testing.T, c *clinic) {
			all := ""
			for _, configuration := range configurations {
				all += configuration
			}
			c.s3.SetNotifications("photos", all)
		}
	}
	uploads, removals := cachetest.Notification("events", "ObjectCreated:*", ""), cachetest.Notification("removals", "ObjectRemoved:*", "")
	expiries := cachetest.Notification("removals", "LifecycleExpiration:*", "")
	const topic = "<TopicConfiguration><Topic>arn:aws:sns:us-east-1:0:t</Topic><Event>s3:ObjectCreated:*</Event>" +
		"<Event>s3:ObjectRemoved:*</Event><Event>s3:LifecycleExpiration:*</Event></TopicConfiguration>"
	return []fault{
		{
			"no notifications", set(), nil,
			bad, "notifications", "the queue does not get s3:ObjectCreated:*: uploads are not warmed", "us-east-1:000000000000:events",
		},
		{
			"no notifications of removals", set(uploads, expiries), nil,
			bad, "notifications", "the removals queue does not get s3:ObjectRemoved:*", "us-east-1:000000000000:removals",
		},
		{
			"no notifications of expiries", set(uploads, removals), nil,
			fair, "notifications", "the removals queue does not get s3:LifecycleExpiration:*", "",
		},
		{
			"no notifications of some uploads", set(cachetest.Notification("events", "ObjectCreated:Put", ""), removals, expiries), nil,
			fair, "notifications", "get s3:ObjectCreated:Post, s3:ObjectCreated:Copy, s3:ObjectCreated:CompleteMultipartUpload: ", "",
		},
		{
			"notifications of another folder", set(cachetest.Notification("events", "ObjectCreated:*", "1926/"), removals, expiries), nil,
			bad, "notifications", "the queue does not get s3:ObjectCreated:*", "",
		},
		{
			"removals in the queue of events", set(uploads, cachetest.Notification("events", "ObjectRemoved:*", ""), expiries), nil,
			fair, "notifications", "the queue gets s3:ObjectRemoved:*, not the removals queue: uploads wait", "",
		},
		{
			"uploads in the queue of removals", set(cachetest.Notification("removals", "ObjectCreated:*", ""), removals, expiries), nil,
			fair, "notifications", "the removals queue gets s3:ObjectCreated:*, not the queue", "",
		},
		{
			"removals in a queue that is not consumed", nil, []string{"--removals-queue", ""},
			bad, "notifications", "the queue does not get s3:ObjectRemoved:*", "",
		},
		{
			"notifications that can't be read", func(t *testing.T, c *clinic) {
				c.s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					isAsked := r.URL.Query().Has("notification")
					if isAsked {
						w.WriteHeader(http.StatusForbidden)
					}
					return isAsked
				})
			}, nil,
			fair, "notifications", "can't be checked", "s3:GetBucketNotification",
		},
		{
			"EventBridge", set("<EventBridgeConfiguration/>"), nil,
			good, "notifications", "EventBridge", "",
		},
		{
			"a topic", func(t *testing.T, c *clinic) {
				c.s3.SetNotifications("photos", topic)
				c.createQueue(t, "events", `{"Statement":{}}`)
				c.createQueue(t, "removals", `{"Statement":{"Effect":"Allow","Principal":"*","Action":["SQS:SendMessage"]}}`)
			}, nil,
			bad, "queue", "does not let sns.amazonaws.com send", "aws:SourceArn",
		},
		{
			"a policy for nobody", func(t *testing.T, c *clinic) { c.createQueue(t, "removals", "") }, nil,
			bad, "removals queue", "does not let s3.amazonaws.com send", "aws:SourceArn",
		},
		{
			"a policy for another service", func(t *testing.T, c *clinic) {
				c.createQueue(t, "events", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:*"}]}`)
			}, nil,
			bad, "queue", "does not let s3.amazonaws.com send", "",
		},
		{
			"one queue for both", nil, []string{"--removals-queue", "http://sqs.invalid/000000000000/events"},
			bad, "settings", "want one of its own", "",
		},
		{
			"no removals queue", func(t *testing.T, c *clinic) { c.args[9] += "-else" }, nil,
			bad, "removals queue", "QueueDoesNotExist", "URL right",
		},
		{
			"no redrive of removals", func(t *testing.T, c *clinic) { c.args[9] = c.sqs.Create("bare", time.Minute, "", 0) }, nil,
			bad, "removals queue", "no queue for dead letters", "redrive policy",
		},
	}
}
