package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cloudfronttypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// statusOf returns the HTTP status of an error of AWS's, 0 if it has none.
func statusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func codeOf(err error) string {
	if of, ok := errors.AsType[smithy.APIError](err); ok {
		return of.ErrorCode()
	}
	return ""
}

// placeAdvice says what to do about an error of a bucket.
func placeAdvice(err error) string {
	switch code := codeOf(err); {
	case code == "NoSuchBucket":
		return "there is no such bucket: is the name right, and the account?"
	case statusOf(err) == http.StatusMovedPermanently, code == "AuthorizationHeaderMalformed":
		return "the bucket is in another region: set AWS_REGION"
	case code == "RequestTimeTooSkewed":
		return "this machine's clock is wrong"
	case code == "InvalidAccessKeyId", code == "SignatureDoesNotMatch", code == "ExpiredToken":
		return "the credentials are not good: AWS_ACCESS_KEY_ID, AWS_PROFILE or the task's role"
	case statusOf(err) == http.StatusForbidden:
		return "the role may not: s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, s3:ListBucket, and the use of the KMS key"
	case statusOf(err) == 0 && errors.Is(err, context.DeadlineExceeded):
		return "nobody answers: is there a way to S3, by a NAT gateway or an endpoint?"
	}
	return ""
}

// clock compares this machine's time with that of S3, which refuses what is 15 minutes off.
func (d *doctor) clock(ctx context.Context) {
	const about = "clock"
	at := d.siteFlags.Originals
	if at.bucket == "" {
		at = d.siteFlags.Variants
	}
	if at.bucket == "" {
		return
	}
	client, err := d.s3(ctx)
	if err != nil {
		return // which others tell
	}
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &at.bucket, Key: aws.String(at.prefix + doctorKey())})
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return
	}
	theirs, err := http.ParseTime(response.Response.Header.Get("Date"))
	if err != nil {
		return
	}
	switch off := time.Since(theirs).Round(time.Second); {
	case off.Abs() > 5*time.Minute:
		d.say(bad, about, fmt.Sprintf("%v off from S3's, which refuses 15 minutes", off), "let NTP set it")
	case off.Abs() > 30*time.Second:
		d.say(fair, about, fmt.Sprintf("%v off from S3's", off), "let NTP set it: URLs that expire do so at another time")
	default:
		d.good(about, "as S3's")
	}
}

// conditions looks whether a bucket keeps to If-None-Match, by which uploads never replace one another.
func (d *doctor) conditions(ctx context.Context, at place) {
	const about = "variants"
	client, err := d.s3(ctx)
	if err != nil {
		return
	}
	name := at.prefix + doctorKey()
	put := func() error {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &at.bucket, Key: &name, Body: bytes.NewReader([]byte("imgorigin doctor")), IfNoneMatch: aws.String("*"),
		})
		return err
	}
	first, second := put(), put()
	if first == nil {
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &at.bucket, Key: &name}); err != nil {
			d.say(bad, about, fmt.Sprintf("%s is left behind: %v", name, err), placeAdvice(err))
		}
	}
	how := fair
	if d.Uploads {
		how = bad
	}
	switch {
	case first != nil:
		d.say(how, about, fmt.Sprintf("a conditional write fails: %v", first), placeAdvice(first))
	case statusOf(second) != http.StatusPreconditionFailed:
		d.say(how, about, "writes are not held to If-None-Match: uploads may replace one another", "another server that speaks S3, or no --uploads")
	default:
		d.good(about, "conditional writes are held")
	}
}

// aws returns the settings of AWS's SDK, or says what is wrong with them.
func (d *doctor) aws(ctx context.Context, about string) (aws.Config, bool) {
	settings, err := awsSettings(ctx)
	if err != nil {
		d.say(bad, about, err.Error(), "")
	}
	return settings, err == nil
}

// queue looks at the queue of events, and at the one that its letters go to when they fail.
func (d *doctor) queue(ctx context.Context) {
	const about = "queue"
	if d.Queue == "" {
		return
	}
	settings, ok := d.aws(ctx, about)
	if !ok {
		return
	}
	client := sqs.NewFromConfig(settings)
	attributes := func(url string) (map[string]string, error) {
		out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
		if err != nil {
			return nil, err
		}
		return out.Attributes, nil
	}
	has, err := attributes(d.Queue)
	if err != nil {
		d.say(bad, about, err.Error(), "is the URL right? the role wants sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility")
		return
	}
	d.good(about, "%s messages wait, %s are being worked on", has["ApproximateNumberOfMessages"], has["ApproximateNumberOfMessagesNotVisible"])
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
		Max    any    `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(has["RedrivePolicy"]), &redrive) != nil || redrive.Target == "" {
		d.say(bad, about, "there is no queue for dead letters: an event that always fails comes again until it is too old", "a redrive policy, with a maxReceiveCount of 3")
		return
	}
	name := redrive.Target[strings.LastIndexByte(redrive.Target, ':')+1:]
	has, err = attributes(d.Queue[:strings.LastIndexByte(d.Queue, '/')+1] + name) // both are of one account and region
	switch {
	case err != nil:
		d.say(fair, "dead letters", fmt.Sprintf("%s can't be looked at: %v", name, err), "the role wants sqs:GetQueueAttributes there to tell; imgorigin work --dead-letters wants more")
	case has["ApproximateNumberOfMessages"] != "0":
		d.say(fair, "dead letters", fmt.Sprintf("%s has %s, after %v tries each", name, has["ApproximateNumberOfMessages"], redrive.Max), "see the worker's log, then imgorigin work --dead-letters URL")
	default:
		d.good("dead letters", "%s is empty; events go there after %v tries", name, redrive.Max)
	}
}

// table looks at the table of failures.
func (d *doctor) table(ctx context.Context) {
	const about = "table"
	if d.FailuresTable == "" {
		return
	}
	settings, ok := d.aws(ctx, about)
	if !ok {
		return
	}
	out, err := dynamodb.NewFromConfig(settings).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &d.FailuresTable})
	if err != nil {
		d.say(bad, about, err.Error(), "is the name right, and the region? the role wants dynamodb:DescribeTable to tell, dynamodb:PutItem and dynamodb:DeleteItem to work")
		return
	}
	var key []string
	for _, one := range out.Table.KeySchema {
		key = append(key, aws.ToString(one.AttributeName))
	}
	switch {
	case out.Table.TableStatus != dynamodbtypes.TableStatusActive:
		d.say(fair, about, fmt.Sprintf("%s is %s", d.FailuresTable, out.Table.TableStatus), "")
	case !slices.Equal(key, []string{"original"}):
		d.say(bad, about, fmt.Sprintf("%s has the key %s, want original alone, a string", d.FailuresTable, strings.Join(key, ", ")), "make it anew")
	default:
		d.good(about, "%s is there", d.FailuresTable)
	}
}

// cloudFront compares the function of the distribution with what this service wants.
func (d *doctor) cloudFront(ctx context.Context) {
	const about = "distribution"
	if d.Distribution == "" {
		return
	}
	settings, ok := d.aws(ctx, about)
	if !ok {
		return
	}
	client := cloudfront.NewFromConfig(settings)
	out, err := client.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: &d.Distribution})
	if err != nil {
		d.say(bad, about, err.Error(), "is the ID right? the role wants cloudfront:GetDistributionConfig and cloudfront:GetFunction to tell, cloudfront:CreateInvalidation to work")
		return
	}
	if !aws.ToBool(out.DistributionConfig.Enabled) {
		d.say(bad, about, d.Distribution+" is not enabled", "")
	}
	names := viewerFunctions(out.DistributionConfig)
	if len(names) == 0 {
		d.say(bad, about, "no behaviour has a function for viewer requests: the variants bucket is never looked into", "imgorigin edge prints it")
		return
	}
	for _, name := range names {
		function, err := client.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: &name, Stage: cloudfronttypes.FunctionStageLive})
		if err != nil {
			d.say(bad, about, fmt.Sprintf("function %s: %v", name, err), "is it published? the role wants cloudfront:GetFunction")
			continue
		}
		if !bytes.Contains(function.FunctionCode, []byte("const config=")) {
			continue // somebody else's
		}
		d.compareFunction(name, string(function.FunctionCode))
		return
	}
	d.say(bad, about, fmt.Sprintf("none of %s is imgorigin's function", strings.Join(names, ", ")), "imgorigin edge prints it")
}

// viewerFunctions returns the names of the functions for viewer requests.
func viewerFunctions(c *cloudfronttypes.DistributionConfig) (names []string) {
	all := []*cloudfronttypes.FunctionAssociations{c.DefaultCacheBehavior.FunctionAssociations}
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			all = append(all, b.FunctionAssociations)
		}
	}
	for _, one := range all {
		if one == nil {
			continue
		}
		for _, item := range one.Items {
			arn := aws.ToString(item.FunctionARN)
			if name := arn[strings.LastIndexByte(arn, '/')+1:]; item.EventType == cloudfronttypes.EventTypeViewerRequest && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// compareFunction tells how a function differs from the one of these settings: in its own, or in what it does.
func (d *doctor) compareFunction(name, code string) {
	const about = "distribution"
	config := deploy.EdgeConfig{Ladder: grammar.Ladder{Widths: d.Widths, Ratios: d.Ratios, Qualities: d.Qualities}, Exact: d.Exact}
	config.Encodes = d.siteFlags.engine(false).Encodes
	if len(d.formats) > 0 {
		config.Encodes = func(f resize.Format) bool { return !f.IsPicture() || slices.Contains(d.formats, string(f)) }
	}
	config.Signing = d.signing()
	want, err := deploy.EdgeFunction(config)
	if err != nil {
		d.say(bad, about, err.Error(), "")
		return
	}
	is, isCode := cutSettings(code)
	wants, wantCode := cutSettings(want)
	differ := 0
	for _, key := range []string{"widths", "ratios", "qualities", "formats", "sign", "exact"} {
		if !reflect.DeepEqual(is[key], wants[key]) {
			differ++
			d.say(bad, about, fmt.Sprintf("function %s has %s %v, the service %v", name, key, is[key], wants[key]), "service first, function last: imgorigin edge prints it")
		}
	}
	switch {
	case isCode != wantCode:
		d.say(fair, about, fmt.Sprintf("function %s is of another version of imgorigin", name), "imgorigin edge prints this one's")
	case differ == 0:
		d.good(about, "%s is enabled, and its function %s is this service's", d.Distribution, name)
	}
}

// cutSettings takes the settings out of the code of a function.
func cutSettings(code string) (settings map[string]any, rest string) {
	before, after, _ := strings.Cut(code, "const config=")
	text, rest, _ := strings.Cut(after, ";\n")
	json.Unmarshal([]byte(text), &settings) // else none of them is as it should be
	return settings, strings.TrimSpace(before + rest)
}
