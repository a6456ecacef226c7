package deploy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/imgorigin/imgorigin/server"
)

// A statement allows * only where a comment on the same line gives the reason.
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
		for _, child := range n.Content {
			visit(child)
		}
	}
	visit(s.node)
	if statements < 30 {
		t.Errorf("got %d statements, want at least 30", statements)
	}
}

// field returns the value of a name in a mapping, or nil.
func field(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// checkWildcard fails the test if an element of a statement is a wildcard without a comment.
func checkWildcard(t *testing.T, name string, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind != yaml.ScalarNode {
		for _, child := range n.Content {
			checkWildcard(t, name, child)
		}
		return
	}
	all := n.Value == "*" || name == "Action" && strings.Contains(n.Value, "*")
	if all && n.LineComment == "" {
		t.Errorf("line %d: %s %s is allowed without a reason", n.Line, name, n.Value)
	}
}

func TestRolesAreMinimal(t *testing.T) {
	s := readStack(t)
	allowed := func(role string) map[string]string { // resources by action
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
			t.Errorf("%s: without s3:ListBucket, S3 answers 403 for a missing original", role)
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
	if resource := allowed("WorkRole")["s3:ListBucketVersions"]; !strings.Contains(resource, "originals") {
		t.Errorf("the worker may list versions of %q, which tell whether an original was overwritten", resource)
	}
	for action := range allowed("ServeRole") {
		if service, _, _ := strings.Cut(action, ":"); slices.Contains([]string{"sqs", "dynamodb", "cloudfront"}, service) {
			t.Errorf("the service may %s, which only the worker needs", action)
		}
	}
}

// Events are sent again during an outage, and to settle their originals a second time, which depends on how long the service
// takes an original to be unchanged.
func TestEventsCanBeSentAgain(t *testing.T) {
	s := readStack(t)
	sends := false
	for _, policy := range list(s.Resources["WorkRole"].Properties["Policies"]) {
		for _, statement := range list(dig(policy, "PolicyDocument", "Statement")) {
			resources := fmt.Sprint(dig(statement, "Resource"))
			if slices.Contains(list(dig(statement, "Action")), any("sqs:SendMessage")) {
				sends = strings.Contains(resources, "Events.Arn") && strings.Contains(resources, "DeadLetters.Arn")
			}
		}
	}
	if !sends {
		t.Error("WorkRole can't send to its queues")
	}
	for name, queue := range map[string]string{"EventsFunction": "Events", "DeadLettersFunction": "DeadLetters"} {
		function := dig(s.Resources[name].Properties, "Environment", "Variables")
		if dig(function, "IMGORIGIN_QUEUE", "Ref") != queue {
			t.Errorf("%s does not know its queue", name)
		}
		if isDead := dig(function, "IMGORIGIN_DEAD_LETTERS") == "true"; isDead != (queue == "DeadLetters") {
			t.Errorf("%s: --dead-letters is %t", name, isDead)
		}
		if dig(function, "IMGORIGIN_REVALIDATE", "Ref") != "Revalidate" {
			t.Errorf("%s does not know --revalidate of the service", name)
		}
	}
	workers := 0
	for _, name := range s.of("AWS::ECS::TaskDefinition") {
		for _, c := range list(s.Resources[name].Properties["ContainerDefinitions"]) {
			settings := make(map[string]any)
			for _, setting := range list(dig(c, "Environment")) {
				if variable, ok := dig(setting, "Name").(string); ok {
					settings[variable] = dig(setting, "Value", "Ref")
				}
			}
			if _, ok := settings["IMGORIGIN_QUEUE"]; !ok {
				continue
			}
			workers++
			if settings["IMGORIGIN_REVALIDATE"] != "Revalidate" {
				t.Errorf("%s does not know --revalidate of the service", name)
			}
		}
	}
	if workers != 1 {
		t.Errorf("got %d workers, want 1", workers)
	}
}

func TestFunctionURLAllowsOnlyCloudFront(t *testing.T) {
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
			t.Errorf("%s allows %v from %v", name, p["Principal"], p["SourceArn"])
		}
		actions = append(actions, p["Action"].(string))
	}
	slices.Sort(actions)
	if want := []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}; !slices.Equal(actions, want) {
		t.Errorf("got permissions %v, want %v: a function URL needs both", actions, want)
	}
}

func TestContainersAreConfined(t *testing.T) {
	s := readStack(t)
	for _, name := range s.of("AWS::ECS::TaskDefinition") {
		for _, c := range list(s.Resources[name].Properties["ContainerDefinitions"]) {
			dropped := fmt.Sprint(dig(c, "LinuxParameters", "Capabilities", "Drop"))
			if dig(c, "ReadonlyRootFilesystem") != true || dig(c, "User") != "65532:65532" || dropped != "[ALL]" {
				t.Errorf("%s: has a writable root, runs as root or has capabilities", name)
			}
		}
	}
	for _, name := range s.of("AWS::Batch::JobDefinition") {
		if c := dig(s.Resources[name].Properties, "ContainerProperties"); dig(c, "ReadonlyRootFilesystem") != true || dig(c, "User") != "65532:65532" {
			t.Errorf("%s: has a writable root or runs as root", name)
		}
	}
	for _, name := range s.of("AWS::EC2::SecurityGroup") {
		for _, in := range list(s.Resources[name].Properties["SecurityGroupIngress"]) {
			if dig(in, "CidrIp") != nil || dig(in, "CidrIpv6") != nil {
				t.Errorf("%s admits networks other than CloudFront and the load balancer: %v", name, in)
			}
		}
	}
	if got := dig(s.Resources["LoadBalancer"].Properties, "Scheme"); got != "internal" {
		t.Errorf("the load balancer is %v", got)
	}
}

// CloudFront sends the secret that the service requires, both on Fargate and on Lambda.
func TestOriginSecretIsShared(t *testing.T) {
	s := readStack(t)
	const sent = "{{resolve:secretsmanager:${OriginSecretArn}:SecretString:send}}"
	found := false
	for _, origin := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "Origins")) {
		for _, header := range list(dig(origin, "OriginCustomHeaders")) {
			found = dig(origin, "Id") == "service" && dig(header, "HeaderName") == server.SecretHeader &&
				dig(header, "HeaderValue", "Fn::Sub") == sent
			if !found {
				t.Errorf("CloudFront sends the origin %v the header %v", dig(origin, "Id"), header)
			}
		}
	}
	if !found {
		t.Error("CloudFront sends the service no secret")
	}
	for _, name := range []string{"ServeTask", "HttpFunction"} {
		got := fmt.Sprint(s.environments()[name]["IMGORIGIN_ORIGIN_SECRET"])
		if !strings.Contains(got, "OriginSecretArn") || !strings.Contains(got, "take") {
			t.Errorf("%s requires the secret %s", name, got)
		}
	}
	if s.Parameters["OriginSecretArn"]["Default"] != "" {
		t.Error("OriginSecretArn is not optional")
	}
}
