package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
)

// awsConfig returns the configuration of the AWS SDK, or adds a finding about what is wrong with it.
func (d *doctor) awsConfig(ctx context.Context, about string) (aws.Config, bool) {
	settings, err := cloud.LoadConfig(ctx)
	if err != nil {
		d.add(bad, about, err.Error(), "")
	}
	return settings, err == nil
}

// A checkedQueue is a queue that the doctor found.
type checkedQueue struct {
	about      string // what its findings are about
	url        string
	attributes map[string]string
}

// arn returns the ARN of a queue, "" if it was not found.
func (q checkedQueue) arn() string { return q.attributes["QueueArn"] }

// checkQueues checks the queues of events, their queues of dead letters, and whether S3 sends them its events.
func (d *doctor) checkQueues(ctx context.Context) {
	q := d.Queues()
	if !q.TakeEvents() {
		return
	}
	settings, ok := d.awsConfig(ctx, "queue")
	if !ok {
		return
	}
	client := cloud.NewSQS(settings)
	events := d.checkQueue(ctx, client, "queue", q.Events)
	removals := d.checkQueue(ctx, client, "removals queue", q.Removals)
	dead := make(map[string]bool) // ARNs of queues that are checked already
	for _, queue := range []checkedQueue{events, removals} {
		redrive, ok := d.redriveOf(queue)
		if ok && !dead[redrive.Target] {
			dead[redrive.Target] = true
			d.checkDeadLetters(ctx, client, queue.url, redrive)
		}
	}
	d.checkNotifications(ctx, events, removals)
}

// checkQueue checks that a queue is there. The result has no attributes if it is not, or if url is "".
func (d *doctor) checkQueue(ctx context.Context, client *sqs.Client, about, url string) checkedQueue {
	queue := checkedQueue{about: about, url: url}
	if url == "" {
		return queue
	}
	attributes, err := cloud.QueueAttributes(ctx, client, url)
	if err != nil {
		d.addDiagnosis(bad, about, url, cloud.DiagnoseQueue(err, url, client.Options().Region))
		return queue
	}
	d.addGood(about, "%s messages are waiting, %s are being worked on",
		attributes["ApproximateNumberOfMessages"], attributes["ApproximateNumberOfMessagesNotVisible"])
	queue.attributes = attributes
	return queue
}

// redriveOf returns the redrive policy of a queue. ok is false if the queue has none, or was not found.
func (d *doctor) redriveOf(queue checkedQueue) (redrive redrivePolicy, ok bool) {
	if queue.attributes == nil {
		return redrive, false
	}
	if json.Unmarshal([]byte(queue.attributes["RedrivePolicy"]), &redrive) != nil || redrive.Target == "" {
		d.add(bad, queue.about,
			"there is no queue for dead letters: an event that always fails is delivered again until it expires",
			"a redrive policy, with a maxReceiveCount of 3")
		return redrive, false
	}
	return redrive, true
}

// A redrivePolicy is the attribute of a queue that says where messages go which fail too often.
type redrivePolicy struct {
	Target string `json:"deadLetterTargetArn"`
	Max    any    `json:"maxReceiveCount"` // a number, or one in a string
}

func (d *doctor) checkDeadLetters(ctx context.Context, client *sqs.Client, source string, redrive redrivePolicy) {
	const about = "dead letters"
	name := redrive.Target[strings.LastIndexByte(redrive.Target, ':')+1:]
	url := source[:strings.LastIndexByte(source, '/')+1] + name // SQS wants it in the account and region of the queue
	attributes, err := cloud.QueueAttributes(ctx, client, url)
	waiting := attributes["ApproximateNumberOfMessages"]
	switch {
	case err != nil:
		d.addDiagnosis(fair, about, name+" can't be checked", cloud.DiagnoseQueue(err, url, client.Options().Region))
	case waiting != "0":
		d.add(fair, about, fmt.Sprintf("%s has %s, after %v tries each", name, waiting, redrive.Max),
			"see the worker's log, then imgorigin work --dead-letters URL")
	default:
		d.addGood(about, "%s is empty; events go there after %v tries", name, redrive.Max)
	}
}
