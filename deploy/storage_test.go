package deploy

import (
	"slices"
	"testing"
)

func TestBucketsArePrivate(t *testing.T) {
	s := readStack(t)
	buckets := s.of("AWS::S3::Bucket")
	if len(buckets) != 3 {
		t.Errorf("got buckets %v, want 3", buckets)
	}
	for _, name := range buckets {
		p := s.Resources[name].Properties
		for _, block := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
			if dig(p, "PublicAccessBlockConfiguration", block) != true {
				t.Errorf("%s: no %s", name, block)
			}
		}
		if list(dig(p, "BucketEncryption", "ServerSideEncryptionConfiguration")) == nil {
			t.Errorf("%s is not encrypted", name)
		}
		aborts := false
		for _, rule := range list(dig(p, "LifecycleConfiguration", "Rules")) {
			aborts = aborts || dig(rule, "AbortIncompleteMultipartUpload") != nil
		}
		if !aborts {
			t.Errorf("%s never deletes incomplete uploads", name)
		}
		if !s.refusesPlainHTTP("AWS::S3::BucketPolicy", "Bucket", name) {
			t.Errorf("%s accepts plain HTTP", name)
		}
	}
	originals := s.Resources["Originals"]
	if dig(originals.Properties, "VersioningConfiguration", "Status") != "Enabled" || originals.Deletion != "RetainExceptOnCreate" {
		t.Errorf("the originals can be lost: want versioning, and that they outlive the stack")
	}
}

func TestQueuesAndTopics(t *testing.T) {
	s := readStack(t)
	for _, name := range s.of("AWS::SQS::Queue") {
		p := s.Resources[name].Properties
		redrives := dig(p, "RedrivePolicy", "maxReceiveCount", "Ref") == "Attempts"
		if !redrives && list(dig(p, "RedriveAllowPolicy", "sourceQueueArns")) == nil {
			t.Errorf("%s is no dead-letter queue and has none after Attempts", name)
		}
		if !s.refusesPlainHTTP("AWS::SQS::QueuePolicy", "Queues", name) {
			t.Errorf("%s accepts plain HTTP", name)
		}
	}
	if !s.refusesPlainHTTP("AWS::SNS::TopicPolicy", "Topics", "Topic") {
		t.Errorf("the topic accepts plain HTTP")
	}
	for _, kind := range []string{"QueueConfigurations", "TopicConfigurations"} {
		var events []any
		for _, c := range list(dig(s.Resources["Originals"].Properties, "NotificationConfiguration", kind)) {
			events = append(events, dig(c, "Event"))
		}
		for _, want := range []string{"s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"} {
			if !slices.Contains(events, any(want)) {
				t.Errorf("%s: got %v, want %s among them", kind, events, want)
			}
		}
	}
	// A message must not be delivered again while its batch is processed: AWS advises six times the function's timeout.
	for queue, function := range map[string]string{"Events": "EventsFunction", "DeadLetters": "DeadLettersFunction"} {
		visible := dig(s.Resources[queue].Properties, "VisibilityTimeout").(int)
		if timeout := dig(s.Resources[function].Properties, "Timeout").(int); visible < 6*timeout {
			t.Errorf("%s: got visibility timeout %d s, want at least six times the function's %d s", queue, visible, timeout)
		}
		consumed := false
		for _, name := range s.of("AWS::Lambda::EventSourceMapping") {
			p := s.Resources[name].Properties
			if dig(p, "EventSourceArn", "Fn::GetAtt") != queue+".Arn" || dig(p, "FunctionName", "Ref") != function {
				continue
			}
			consumed = true
			if !slices.Contains(list(p["FunctionResponseTypes"]), any("ReportBatchItemFailures")) {
				t.Errorf("%s: one failed message returns its whole batch", name)
			}
		}
		if !consumed {
			t.Errorf("%s does not consume %s", function, queue)
		}
	}
}

// refusesPlainHTTP reports whether a policy of a type, attached to the named resource by a field, denies requests
// without TLS.
func (s stack) refusesPlainHTTP(kind, field, name string) bool {
	for _, policy := range s.of(kind) {
		p := s.Resources[policy].Properties
		if dig(list(p[field])[0], "Ref") != name {
			continue
		}
		for _, statement := range list(dig(p, "PolicyDocument", "Statement")) {
			if dig(statement, "Effect") == "Deny" && dig(statement, "Principal") == "*" &&
				dig(statement, "Condition", "Bool", "aws:SecureTransport") == "false" {
				return true
			}
		}
	}
	return false
}
