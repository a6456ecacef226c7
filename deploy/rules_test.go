package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
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

// Nothing is allowed by * unless a comment beside it says why.
func TestWildcardsHaveReasons(t *testing.T) {
	s := readStack(t)
	statements := 0
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode && field(n, "Effect") != nil {
			statements++
			if field(n, "Effect").Value == "Allow" {
				for _, name := range []string{"Action", "Resource", "Principal"} {
					checkWildcard(t, name, field(n, name))
				}
			}
		}
		for _, one := range n.Content {
			visit(one)
		}
	}
	visit(s.node)
	if statements < 30 {
		t.Errorf("got %d statements: where are the policies?", statements)
	}
}

func field(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func checkWildcard(t *testing.T, name string, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.ScalarNode {
		for _, one := range n.Content {
			checkWildcard(t, name, one)
		}
		return
	}
	all := n.Value == "*" || name == "Action" && strings.Contains(n.Value, "*")
	if all && n.LineComment == "" {
		t.Errorf("line %d: %s %s is allowed without a reason", n.Line, name, n.Value)
	}
}

func TestRolesDoNoMoreThanTheirJobs(t *testing.T) {
	s := readStack(t)
	allowed := func(role string) map[string]string { // action to resources
		actions := make(map[string]string)
		for _, policy := range list(s.Resources[role].Properties["Policies"]) {
			for _, statement := range list(dig(policy, "PolicyDocument", "Statement")) {
				if dig(statement, "Sid") == "GiveUploads" {
					continue // see TestUploadsAreConfined
				}
				for _, action := range list(dig(statement, "Action")) {
					actions[action.(string)] += fmt.Sprint(dig(statement, "Resource"))
				}
			}
		}
		return actions
	}
	for _, role := range []string{"ServeRole", "WorkRole"} {
		actions := allowed(role)
		if !strings.Contains(actions["s3:ListBucket"], "originals") {
			t.Errorf("%s: without s3:ListBucket a missing original is a 403", role)
		}
		for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
			if strings.Contains(actions[action], "originals") {
				t.Errorf("%s may %s originals", role, action)
			}
			if !strings.Contains(actions[action], "${Variants.Arn}/v/*") {
				t.Errorf("%s can't %s variants", role, action)
			}
		}
	}
	for action := range allowed("ServeRole") {
		if strings.HasPrefix(action, "sqs:") || strings.HasPrefix(action, "dynamodb:") || strings.HasPrefix(action, "cloudfront:") {
			t.Errorf("the service may %s, which is the worker's", action)
		}
	}
}

func TestVariantsBucketComesFirst(t *testing.T) {
	d := dig(readStack(t).Resources["Distribution"].Properties, "DistributionConfig")
	group := list(dig(d, "OriginGroups", "Items"))[0]
	codes := list(dig(group, "FailoverCriteria", "StatusCodes", "Items"))
	for _, code := range []any{403, 404} { // S3 says the one or the other of what is missing, by s3:ListBucket
		if !slices.Contains(codes, code) {
			t.Errorf("the service is not asked when the bucket says %v", code)
		}
	}
	if n := dig(group, "FailoverCriteria", "StatusCodes", "Quantity"); n != len(codes) {
		t.Errorf("quantity %v of %d codes", n, len(codes))
	}
	members := list(dig(group, "Members", "Items"))
	if dig(members[0], "OriginId") != "variants" || dig(members[1], "OriginId") != "service" {
		t.Errorf("got members %v", members)
	}
	if got, want := dig(d, "DefaultCacheBehavior", "TargetOriginId"), dig(group, "Id"); got != want {
		t.Errorf("pictures come from %v, want the group %v", got, want)
	}
	for _, origin := range list(dig(d, "Origins")) {
		if dig(origin, "OriginAccessControlId") == nil && dig(origin, "VpcOriginConfig") == nil {
			t.Errorf("origin %v is open to others", dig(origin, "Id"))
		}
	}
}

func TestCacheKnowsPathsAlone(t *testing.T) {
	s := readStack(t)
	key := dig(s.Resources["CachePolicy"].Properties, "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin")
	for field, want := range map[string]any{"EnableAcceptEncodingGzip": false, "EnableAcceptEncodingBrotli": false} {
		if dig(key, field) != want {
			t.Errorf("%s: got %v, want %v", field, dig(key, field), want)
		}
	}
	for _, path := range [][]string{
		{"CookiesConfig", "CookieBehavior"}, {"HeadersConfig", "HeaderBehavior"}, {"QueryStringsConfig", "QueryStringBehavior"},
	} {
		if dig(key, path...) != "none" {
			t.Errorf("%v: got %v, want none", path, dig(key, path...))
		}
	}
	behaviour := dig(s.Resources["Distribution"].Properties, "DistributionConfig", "DefaultCacheBehavior")
	if dig(behaviour, "Compress") != false {
		t.Errorf("a compressed picture would be another object")
	}
	forwards := dig(s.Resources["RequestPolicy"].Properties, "OriginRequestPolicyConfig")
	if got := fmt.Sprint(dig(forwards, "HeadersConfig", "Headers")); got != "["+SignedHeader+"]" {
		t.Errorf("the service sees headers %s, want %s", got, SignedHeader)
	}
	custom := list(dig(s.Resources["ResponsePolicy"].Properties, "ResponseHeadersPolicyConfig", "CustomHeadersConfig", "Items"))
	if got := fmt.Sprint(custom); got != "[map[Header:Vary Override:true Value:Accept]]" {
		t.Errorf("viewers see %s, want Vary: Accept", got)
	}
}

// Answers about pictures go by their query, which the service reads: nothing else of the service's is to be had, and nothing
// of a viewer's reaches it but the URL.
func TestAnswersComeFromTheService(t *testing.T) {
	s := readStack(t)
	var paths []any
	for _, b := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "CacheBehaviors")) {
		paths = append(paths, dig(b, "PathPattern"))
		methods := fmt.Sprint(dig(b, "AllowedMethods"))
		if dig(b, "TargetOriginId") != "service" || dig(b, "CachePolicyId", "Ref") != "AnswersCachePolicy" || dig(b, "OriginRequestPolicyId") != nil || methods != "[GET HEAD]" {
			t.Errorf("got %v", b)
		}
	}
	if got := fmt.Sprint(paths); got != "[/info/* /srcset/*]" {
		t.Errorf("got behaviours for %s", got)
	}
	policy := dig(s.Resources["AnswersCachePolicy"].Properties, "CachePolicyConfig")
	key := dig(policy, "ParametersInCacheKeyAndForwardedToOrigin")
	if dig(key, "QueryStringsConfig", "QueryStringBehavior") != "all" || dig(key, "HeadersConfig", "HeaderBehavior") != "none" {
		t.Errorf("the key of an answer is %v", key)
	}
	if dig(policy, "MaxTTL") != 60 {
		t.Errorf("an answer that nobody purges is kept for %v s", dig(policy, "MaxTTL"))
	}
}

// A refusal is kept by CloudFront for the longer of its own minimum and what the service says: that must come to what the
// service says. Of those below, CloudFront keeps 404 and 5xx even when they say no-store.
func TestErrorsAreKeptForAsLongAsTheServiceSays(t *testing.T) {
	s := readStack(t)
	minimum := make(map[int]int)
	for _, e := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "CustomErrorResponses")) {
		minimum[dig(e, "ErrorCode").(int)] = dig(e, "ErrorCachingMinTTL").(int)
	}
	errs := map[int]error{404: fs.ErrNotExist, 500: nil, 502: errors.New("down"), 504: context.DeadlineExceeded}
	for status, err := range errs {
		said := secondsSaid(t, "/img/cat.jpg", status, failing{err})
		if got, ok := minimum[status]; !ok || got != said {
			t.Errorf("%d is kept for %d s, want %d as the service says", status, got, said)
		}
	}
	for status, target := range map[int]string{400: "/img/cat.jpg?w=x", 403: "/img/cat.jpg?blur=2"} {
		said := secondsSaid(t, target, status, failing{fs.ErrNotExist})
		if got, ok := minimum[status]; !ok || got > said {
			t.Errorf("%d is kept for %d s at least, want no more than %d as the service says", status, got, said)
		}
	}
	if got, ok := minimum[503]; !ok || got != 0 {
		t.Errorf("503 is kept for %d s, want 0: the next may find a place", got)
	}
}

// secondsSaid returns the max-age of the service's answer, 0 for no-store.
func secondsSaid(t *testing.T, target string, status int, originals originals.Source) (seconds int) {
	t.Helper()
	s, err := server.New(server.Config{Originals: originals, Engine: writer{encodes: every}})
	if err != nil {
		t.Fatal(err)
	}
	got := origin{handler: s.Handler(), requested: new(cache.Key)}.ask(target, nil)
	if got.status != status {
		t.Fatalf("%s: got status %d, want %d", target, got.status, status)
	}
	if got.cacheFor != "no-store" {
		if _, err := fmt.Sscanf(got.cacheFor, "public, max-age=%d", &seconds); err != nil {
			t.Fatalf("%s: Cache-Control %q", target, got.cacheFor)
		}
	}
	return seconds
}

// failing are originals that fail in some way, or, with no error, break the rules in one that nobody foresaw.
type failing struct{ err error }

func (f failing) Open(context.Context, string) (*originals.Original, error) {
	if f.err == nil {
		panic("nobody foresaw it")
	}
	return nil, f.err
}

func (f failing) Stat(context.Context, string) (originals.Info, error) {
	return originals.Info{}, f.err
}

func TestAlarmsCanBeHeard(t *testing.T) {
	s := readStack(t)
	alarms := s.of("AWS::CloudWatch::Alarm")
	for _, want := range []string{"DeadLettersAlarm", "ErrorsAlarm", "KeptAlarm", "QueueAgeAlarm", "RefusalsAlarm", "ShareAlarm"} {
		if !slices.Contains(alarms, want) {
			t.Errorf("no %s in %v", want, alarms)
		}
	}
	for _, name := range alarms {
		p := s.Resources[name].Properties
		if got := fmt.Sprint(p["AlarmActions"]); got != "map[Fn::If:[HasAlarmTopic [map[Ref:AlarmTopicArn]] map[Ref:AWS::NoValue]]]" {
			t.Errorf("%s tells %s, want the parameter's topic", name, got)
		}
		if p["TreatMissingData"] == nil || p["AlarmDescription"] == nil {
			t.Errorf("%s does not say what silence means, or what it is about", name)
		}
	}
}

func TestLogsEnd(t *testing.T) {
	s := readStack(t)
	for _, name := range s.of("AWS::Logs::LogGroup") {
		if dig(s.Resources[name].Properties, "RetentionInDays", "Ref") != "LogDays" {
			t.Errorf("%s keeps logs for ever", name)
		}
	}
	for _, name := range s.of("AWS::Lambda::Function") {
		if dig(s.Resources[name].Properties, "LoggingConfig", "LogGroup", "Ref") == nil {
			t.Errorf("%s logs into a group that nobody ends", name)
		}
	}
}

func TestFunctionURLIsCloudFrontsAlone(t *testing.T) {
	s := readStack(t)
	url := s.Resources["HttpUrl"].Properties
	if url["AuthType"] != "AWS_IAM" || url["InvokeMode"] != "RESPONSE_STREAM" {
		t.Errorf("got %v, want AWS_IAM and RESPONSE_STREAM", url)
	}
	var actions []string
	for _, name := range s.of("AWS::Lambda::Permission") {
		p := s.Resources[name].Properties
		from := fmt.Sprint(dig(p, "SourceArn", "Fn::Sub"))
		if p["Principal"] != "cloudfront.amazonaws.com" || !strings.HasSuffix(from, "distribution/${Distribution}") {
			t.Errorf("%s lets in %v from %v", name, p["Principal"], p["SourceArn"])
		}
		actions = append(actions, p["Action"].(string))
	}
	slices.Sort(actions)
	if want := []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}; !slices.Equal(actions, want) {
		t.Errorf("got permissions %v, want %v: a function URL asks for both", actions, want)
	}
}

func TestContainersAreConfined(t *testing.T) {
	s := readStack(t)
	for _, name := range s.of("AWS::ECS::TaskDefinition") {
		for _, c := range list(s.Resources[name].Properties["ContainerDefinitions"]) {
			dropped := fmt.Sprint(dig(c, "LinuxParameters", "Capabilities", "Drop"))
			if dig(c, "ReadonlyRootFilesystem") != true || dig(c, "User") != "65532:65532" || dropped != "[ALL]" {
				t.Errorf("%s: can write, is root or may do more than it needs", name)
			}
		}
	}
	for _, name := range s.of("AWS::EC2::SecurityGroup") {
		for _, in := range list(s.Resources[name].Properties["SecurityGroupIngress"]) {
			if dig(in, "CidrIp") != nil || dig(in, "CidrIpv6") != nil {
				t.Errorf("%s lets in networks, not CloudFront or the load balancer: %v", name, in)
			}
		}
	}
	if got := dig(s.Resources["LoadBalancer"].Properties, "Scheme"); got != "internal" {
		t.Errorf("the load balancer is %v", got)
	}
}

// The secret that CloudFront sends is the one that the service is told to take, on either compute.
func TestOriginSecretIsShared(t *testing.T) {
	s := readStack(t)
	const sent = "{{resolve:secretsmanager:${OriginSecretArn}:SecretString:send}}"
	found := false
	for _, origin := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "Origins")) {
		for _, header := range list(dig(origin, "OriginCustomHeaders")) {
			found = dig(origin, "Id") == "service" && dig(header, "HeaderName") == server.SecretHeader && dig(header, "HeaderValue", "Fn::Sub") == sent
			if !found {
				t.Errorf("the origin %v is sent %v", dig(origin, "Id"), header)
			}
		}
	}
	if !found {
		t.Error("the service is sent no secret")
	}
	for _, name := range []string{"ServeTask", "HttpFunction"} {
		if got := fmt.Sprint(s.environments()[name]["IMGORIGIN_ORIGIN_SECRET"]); !strings.Contains(got, "OriginSecretArn") || !strings.Contains(got, "take") {
			t.Errorf("%s takes %s", name, got)
		}
	}
	if s.Parameters["OriginSecretArn"]["Default"] != "" {
		t.Error("a secret that nobody made is asked for")
	}
}
