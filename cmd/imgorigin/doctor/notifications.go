package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
)

// A destination is where a bucket sends events: a queue or a topic.
type destination struct {
	arn    string
	events []s3types.Event
}

// takes reports whether an event goes to a destination.
func (to destination) takes(event s3types.Event) bool {
	all := event[:strings.LastIndexByte(string(event), ':')+1] + "*"
	return slices.Contains(to.events, event) || slices.Contains(to.events, all)
}

// A kindOfEvents is the events of a kind that a bucket can send, and what the service misses without them.
type kindOfEvents struct {
	kind      string
	names     []string
	isRemoval bool
	missed    string
}

var kindsOfEvents = []kindOfEvents{
	{
		"s3:ObjectCreated:", []string{"Put", "Post", "Copy", "CompleteMultipartUpload"}, false,
		"uploads are not warmed, and overwritten images stay",
	},
	{"s3:ObjectRemoved:", []string{"Delete", "DeleteMarkerCreated"}, true, "images that were deleted stay"},
	{"s3:LifecycleExpiration:", []string{"Delete", "DeleteMarkerCreated"}, true, "images stay that a lifecycle rule deletes"},
}

// checkNotifications checks that the bucket of originals sends each kind of event to the queue for it, and that the queues
// let it. A topic or EventBridge in between may send them on; that is not checked.
func (d *doctor) checkNotifications(ctx context.Context, events, removals checkedQueue) {
	for _, at := range d.All() {
		if at.Bucket != "" && !at.IsGoogle && (events.arn() != "" || removals.arn() != "") {
			d.checkNotificationsOf(ctx, at.Location, events, removals)
		}
	}
}

func (d *doctor) checkNotificationsOf(ctx context.Context, at storage.Location, events, removals checkedQueue) {
	const about = "notifications"
	client, err := d.S3At(ctx, at)
	if err != nil {
		d.add(bad, about, err.Error(), "")
		return
	}
	out, err := client.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &at.Bucket})
	if err != nil {
		d.add(fair, about, fmt.Sprintf("those of %s can't be checked: %v", at.Bucket, err),
			"the role needs s3:GetBucketNotification for the check")
		return
	}
	if out.EventBridgeConfiguration != nil {
		d.addGood(about, "%s sends events to EventBridge, whose rules are not checked", at.Bucket)
		return
	}
	before := len(d.findings)
	queues, topics := destinationsOf(at, out)
	for _, k := range kindsOfEvents {
		want, other := events, removals
		if k.isRemoval && removals.url != "" || events.url == "" {
			want, other = removals, events
		}
		d.checkEvents(k, queues, topics, want, other)
	}
	d.checkSenders(queues, topics, events, removals)
	if len(d.findings) == before {
		d.addGood(about, "%s sends its events to the right queue", at.Bucket)
	}
}

// destinationsOf returns the queues and topics of a bucket that get events of originals.
func destinationsOf(
	at storage.Location, out *s3.GetBucketNotificationConfigurationOutput,
) (queues, topics []destination) {
	for _, c := range out.QueueConfigurations {
		if hasOriginals(at, c.Filter) {
			queues = append(queues, destination{aws.ToString(c.QueueArn), c.Events})
		}
	}
	for _, c := range out.TopicConfigurations {
		if hasOriginals(at, c.Filter) {
			topics = append(topics, destination{aws.ToString(c.TopicArn), c.Events})
		}
	}
	return queues, topics
}

// hasOriginals reports whether a filter of keys lets those of some originals pass.
func hasOriginals(at storage.Location, filter *s3types.NotificationConfigurationFilter) bool {
	if filter == nil || filter.Key == nil {
		return true
	}
	for _, rule := range filter.Key.FilterRules {
		prefix := aws.ToString(rule.Value)
		isPrefix := strings.EqualFold(string(rule.Name), string(s3types.FilterRuleNamePrefix))
		if isPrefix && !strings.HasPrefix(at.Prefix, prefix) && !strings.HasPrefix(prefix, at.Prefix) {
			return false
		}
	}
	return true
}

// checkEvents checks that the events of a kind go to the queue that is wanted. One that was not found is a finding
// already.
func (d *doctor) checkEvents(k kindOfEvents, queues, topics []destination, want, other checkedQueue) {
	const about = "notifications"
	if want.arn() == "" {
		return
	}
	var swapped, missing []string
	for _, name := range k.names {
		event := s3types.Event(k.kind + name)
		goesTo := func(arn string) bool {
			return slices.ContainsFunc(queues, func(to destination) bool { return to.arn == arn && to.takes(event) })
		}
		switch {
		case goesTo(want.arn()) || slices.ContainsFunc(topics, func(to destination) bool { return to.takes(event) }):
		case other.arn() != "" && goesTo(other.arn()):
			swapped = append(swapped, name)
		default:
			missing = append(missing, name)
		}
	}
	advice := fmt.Sprintf("a notification of %s* with the queue %s", k.kind, want.arn())
	if len(swapped) > 0 {
		d.add(fair, about, fmt.Sprintf("the %s gets %s, not the %s: uploads wait behind bulk deletes",
			other.about, k.text(swapped), want.about), advice)
	}
	if len(missing) > 0 {
		state := fair
		if len(missing) == len(k.names) && k.kind != "s3:LifecycleExpiration:" { // a bucket may have no such rule
			state = bad
		}
		d.add(state, about, fmt.Sprintf("the %s does not get %s: %s", want.about, k.text(missing), k.missed), advice)
	}
}

// text returns events of a kind, by their names.
func (k kindOfEvents) text(names []string) string {
	if len(names) == len(k.names) {
		return k.kind + "*"
	}
	return k.kind + strings.Join(names, ", "+k.kind)
}

// checkSenders checks that the policies of the queues let S3, or topics, send messages.
func (d *doctor) checkSenders(queues, topics []destination, checked ...checkedQueue) {
	for _, queue := range checked {
		service := "s3.amazonaws.com"
		if !slices.ContainsFunc(queues, func(to destination) bool { return to.arn == queue.arn() }) {
			service = "sns.amazonaws.com"
			if len(topics) == 0 {
				continue
			}
		}
		if queue.arn() != "" && !allowsSending(queue.attributes["Policy"], service) {
			d.add(bad, queue.about, fmt.Sprintf("its policy does not let %s send messages", service),
				"sqs:SendMessage for that service, with the bucket or the topic as aws:SourceArn")
		}
	}
}
