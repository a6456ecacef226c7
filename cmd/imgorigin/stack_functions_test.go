package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// functionCommands are the commands that the roles of a stack run on Lambda.
var functionCommands = map[string][]string{"ServeRole": {"lambda http"}, "WorkRole": {"lambda events"}}

// exceptOnLambda are what no function requests: Lambda itself consumes the queues, an operator runs the doctor, and drop waits for
// invalidations when CloudFront takes no more.
var exceptOnLambda = []string{
	"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
	"CompareNotifications", "CompareDistribution", "CompareFunction", "cloudfront:GetInvalidation",
}

// The functions run with the settings that the template gives them, on doubles of AWS, and their roles have the permissions that
// their requests need, and no others.
func TestStackRolesOfFunctions(t *testing.T) {
	t.Parallel()
	text := readStackTemplate(t)
	cloud := newStackCloud(t)
	s := cloud.stack(t, text, map[string]string{"Compute": "lambda", "Warm": "w=160&fm=jpeg"})
	originals := s.ref("Originals").(string)
	photo := resizetest.JPEG(resizetest.Photo(60, 40), 80)
	for _, key := range []string{"cat.jpg", "dog.jpg", "old.jpg"} {
		cloud.s3.PutObject(originals, key, photo)
	}
	cloud.s3.PutObject(originals, "broken.jpg", []byte("\xff\xd8 broken"))
	cloud.serveByFunction(t, s, originals)
	cloud.workByFunctions(t, s, originals, photo)

	for _, problem := range s.compareRoles(functionCommands, cloud.used, exceptOnLambda...) {
		t.Error(problem)
	}
	for _, broken := range []struct{ old, new, want string }{
		{"Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]", "Action: [s3:GetObject, s3:PutObject]", "lambda http needs s3:DeleteObject"},
		{"Action: s3:ListBucket\n", "Action: s3:ListAllMyBuckets\n", "lambda http needs s3:ListBucket"},
		{"[dynamodb:PutItem, ", "[", "lambda events needs dynamodb:PutItem"},
		{"Action: sqs:SendMessage\n                Resource: [!GetAtt Ev", "Action: sqs:PurgeQueue\n                Resource: [!GetAtt Ev", "needs sqs:SendMessage"},
		{"sqs:GetQueueAttributes]", "sqs:GetQueueUrl]", "lambda events needs sqs:GetQueueAttributes"},
		{"[cloudfront:CreateInvalidation, ", "[", "lambda events needs cloudfront:CreateInvalidation"},
	} {
		changed := strings.Replace(text, broken.old, broken.new, 1)
		problems := parseStackTemplate(t, changed, s.values).compareRoles(functionCommands, cloud.used, exceptOnLambda...)
		if changed == text || !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, broken.want) }) {
			t.Errorf("with %s: got %q, want that %s", broken.new, problems, broken.want)
		}
	}
}

// startFunction starts a function of the stack in a process, until the test ends.
func (c *stackCloud) startFunction(t *testing.T, s stackTemplate, resource string, args ...string) *intaketest.Runtime {
	t.Helper()
	runtime := intaketest.NewRuntime(t)
	command := texts(s.property(resource, "ImageConfig", "Command"))
	c.env["AWS_LAMBDA_RUNTIME_API"] = runtime.Addr
	c.start(t, s, resource, slices.Concat(command, args)...)
	return runtime
}

// serveByFunction has the function make images, find out that an original is missing, and that another was replaced.
func (c *stackCloud) serveByFunction(t *testing.T, s stackTemplate, originals string) {
	t.Helper()
	runtime := c.startFunction(t, s, "HttpFunction", "--revalidate", "0s")
	ask := func(key string, want int) {
		t.Helper()
		response := invoke(t, runtime, fmt.Sprintf(`{"version":"2.0","rawPath":"/img/%s","rawQueryString":"w=160&fm=jpeg",`+
			`"headers":{"host":"x.lambda-url.us-east-1.on.aws"},"requestContext":{"http":{"method":"GET","path":"/img/%s"},"domainName":"x"}}`, key, key))
		if !strings.Contains(string(response.Body), fmt.Sprintf(`"statusCode":%d`, want)) {
			t.Errorf("%s: got %.300q, want %d", key, response.Body, want)
		}
	}
	ask("cat.jpg", 200)
	ask("none.jpg", 404)
	ask("broken.jpg", 415)
	c.s3.PutObject(originals, "cat.jpg", resizetest.JPEG(resizetest.Photo(60, 50), 80))
	ask("cat.jpg", 200)
}

// workByFunctions has the functions settle an original that is new, one that was overwritten, one that is gone, and one that is broken,
// and a dead letter.
func (c *stackCloud) workByFunctions(t *testing.T, s stackTemplate, originals string, photo []byte) {
	t.Helper()
	in := func(message string) string { return strings.Replace(message, `"any"`, `"`+originals+`"`, 1) }
	batch := func(bodies ...string) string {
		var records []map[string]string
		for i, body := range bodies {
			records = append(records, map[string]string{"messageId": fmt.Sprint(i), "body": body, "eventSource": "aws:sqs"})
		}
		payload, err := json.Marshal(map[string]any{"Records": records})
		must(t, err)
		return string(payload)
	}
	events := c.startFunction(t, s, "EventsFunction")
	invoke(t, events, batch(
		in(created("cat.jpg", 1)), in(created("broken.jpg", 2)), in(removed("gone.jpg")),
		strings.Replace(in(created("old.jpg", 4)), `"sequencer"`, `"versionId":"v2","sequencer"`, 1),
	))
	c.s3.PutObject(originals, "broken.jpg", photo) // after a fix, which takes it off the list of failures
	invoke(t, events, batch(in(created("broken.jpg", 5))))
	dead := c.startFunction(t, s, "DeadLettersFunction")
	invoke(t, dead, batch(in(created("dog.jpg", 3))))
}
