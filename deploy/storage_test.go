package deploy

import (
	"slices"
	"testing"
)

func TestBucketsAreClosed(t *testing.T) {
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
			t.Errorf("%s keeps incomplete uploads for ever", name)
		}
		if !s.refusesPlainHTTP("AWS::S3::BucketPolicy", "Bucket", name) {
			t.Errorf("%s takes plain http", name)
		}
	}
	originals := s.Resources["Originals"]
	if dig(originals.Properties, "VersioningConfiguration", "Status") != "Enabled" || originals.Deletion != "Retain" {
		t.Errorf("the originals can be lost")
	}
}

func TestQueuesAndTopics(t *testing.T) {
	s := readStack(t)
	for _, name := range s.of("AWS::SQS::Queue") {
		p := s.Resources[name].Properties
		redrives := dig(p, "RedrivePolicy", "maxReceiveCount") == 3
		if !redrives && list(dig(p, "RedriveAllowPolicy", "sourceQueueArns")) == nil {
			t.Errorf("%s: what fails is neither set aside after 3 tries, nor is this where it is set aside", name)
		}
		if !s.refusesPlainHTTP("AWS::SQS::QueuePolicy", "Queues", name) {
			t.Errorf("%s takes plain http", name)
		}
	}
	if !s.refusesPlainHTTP("AWS::SNS::TopicPolicy", "Topics", "Topic") {
		t.Errorf("the topic takes plain http")
	}
	// A message must not come again while a batch with it is worked on: AWS advises six times the function's time.
	visible := dig(s.Resources["Events"].Properties, "VisibilityTimeout").(int)
	if timeout := dig(s.Resources["EventsFunction"].Properties, "Timeout").(int); visible < 6*timeout {
		t.Errorf("events are hidden for %d s, the function runs for %d s", visible, timeout)
	}
	source := s.Resources["EventsSource"].Properties
	if !slices.Contains(list(source["FunctionResponseTypes"]), any("ReportBatchItemFailures")) {
		t.Errorf("one failure brings back its whole batch")
	}
}

// refusesPlainHTTP tells whether a policy of some kind denies what comes without TLS.
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
