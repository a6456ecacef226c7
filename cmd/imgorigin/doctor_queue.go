package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// awsConfig returns the configuration of the AWS SDK, or adds a finding about what is wrong with it.
func (d *doctor) awsConfig(ctx context.Context, about string) (aws.Config, bool) {
	settings, err := loadAWSConfig(ctx)
	if err != nil {
		d.add(bad, about, err.Error(), "")
	}
	return settings, err == nil
}

// checkQueue checks the queue of events, and its queue of dead letters.
func (d *doctor) checkQueue(ctx context.Context) {
	const about = "queue"
	if d.Queue == "" {
		return
	}
	settings, ok := d.awsConfig(ctx, about)
	if !ok {
		return
	}
	client := sqs.NewFromConfig(settings)
	attributes, err := queueAttributes(ctx, client, d.Queue)
	if err != nil {
		d.add(bad, about, err.Error(),
			"is the URL right? the role needs sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:DeleteMessage "+
				"and sqs:ChangeMessageVisibility")
		return
	}
	d.addGood(about, "%s messages are waiting, %s are being worked on",
		attributes["ApproximateNumberOfMessages"], attributes["ApproximateNumberOfMessagesNotVisible"])
	var redrive redrivePolicy
	if json.Unmarshal([]byte(attributes["RedrivePolicy"]), &redrive) != nil || redrive.Target == "" {
		d.add(bad, about,
			"there is no queue for dead letters: an event that always fails is delivered again until it expires",
			"a redrive policy, with a maxReceiveCount of 3")
		return
	}
	d.checkDeadLetters(ctx, client, redrive)
}

// A redrivePolicy is the attribute of a queue that says where messages go which fail too often.
type redrivePolicy struct {
	Target string `json:"deadLetterTargetArn"`
	Max    any    `json:"maxReceiveCount"` // a number, or one in a string
}

func (d *doctor) checkDeadLetters(ctx context.Context, client *sqs.Client, redrive redrivePolicy) {
	const about = "dead letters"
	name := redrive.Target[strings.LastIndexByte(redrive.Target, ':')+1:]
	url := d.Queue[:strings.LastIndexByte(d.Queue, '/')+1] + name // SQS wants it in the account and region of the queue
	attributes, err := queueAttributes(ctx, client, url)
	waiting := attributes["ApproximateNumberOfMessages"]
	switch {
	case err != nil:
		d.add(fair, about, fmt.Sprintf("%s can't be checked: %v", name, err),
			"the role needs sqs:GetQueueAttributes there for the check; imgorigin work --dead-letters needs more")
	case waiting != "0":
		d.add(fair, about, fmt.Sprintf("%s has %s, after %v tries each", name, waiting, redrive.Max),
			"see the worker's log, then imgorigin work --dead-letters URL")
	default:
		d.addGood(about, "%s is empty; events go there after %v tries", name, redrive.Max)
	}
}

func queueAttributes(ctx context.Context, client *sqs.Client, url string) (map[string]string, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// checkTable checks the table of failures.
func (d *doctor) checkTable(ctx context.Context) {
	const about = "table"
	if d.FailuresTable == "" {
		return
	}
	settings, ok := d.awsConfig(ctx, about)
	if !ok {
		return
	}
	client := dynamodb.NewFromConfig(settings)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &d.FailuresTable})
	if err != nil {
		d.add(bad, about, err.Error(),
			"is the name right, and the region? the role needs dynamodb:DescribeTable for the check, "+
				"dynamodb:PutItem and dynamodb:DeleteItem to work")
		return
	}
	var key []string
	for _, element := range out.Table.KeySchema {
		key = append(key, aws.ToString(element.AttributeName))
	}
	switch {
	case out.Table.TableStatus != dynamodbtypes.TableStatusActive:
		d.add(fair, about, fmt.Sprintf("%s is %s", d.FailuresTable, out.Table.TableStatus), "")
	case !slices.Equal(key, []string{"original"}):
		d.add(bad, about,
			fmt.Sprintf("%s has the key %s, want original alone, a string", d.FailuresTable, strings.Join(key, ", ")),
			"create it again")
	default:
		d.addGood(about, "%s is there", d.FailuresTable)
	}
}
