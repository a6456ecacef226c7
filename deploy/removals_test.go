package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// takers returns the queues that get an event of S3, by what the notifications and the filters of the topic let pass.
func (s stack) takers(t *testing.T, event string, conditions map[string]bool) (queues []string) {
	t.Helper()
	notifies := func(kind string) (targets []any) {
		for _, c := range list(dig(s.properties("Originals", conditions), "NotificationConfiguration", kind)) {
			if prefix, _ := strings.CutSuffix(dig(c, "Event").(string), "*"); strings.HasPrefix("s3:"+event, prefix) {
				targets = append(targets, c)
			}
		}
		return targets
	}
	for _, c := range notifies("QueueConfigurations") {
		queue, policy := dig(c, "Queue"), any("EventsPolicy") // which the bucket depends on
		if selected := list(dig(queue, "Fn::Select")); selected != nil {
			pair := list(selected[1])
			queue, policy = pair[0], dig(pair[1], "Ref")
		}
		arn := dig(queue, "Fn::GetAtt").(string)
		if policy != strings.TrimSuffix(arn, ".Arn")+"Policy" {
			t.Errorf("%v does not wait for the policy of its queue", c)
		}
		queues = append(queues, arn)
	}
	if len(notifies("TopicConfigurations")) == 0 {
		return queues
	}
	for _, name := range s.of("AWS::SNS::Subscription") {
		p := s.properties(name, conditions)
		if p != nil && passes(t, p, event) {
			queues = append(queues, dig(p, "Endpoint", "Fn::GetAtt").(string))
		}
	}
	return queues
}

// passes reports whether the filter of a subscription lets an event pass, which is in the body of the message.
func passes(t *testing.T, subscription object, event string) bool {
	t.Helper()
	filter := subscription["FilterPolicy"]
	if filter == nil {
		return true
	}
	scope := subscription["FilterPolicyScope"]
	if selected := list(dig(scope, "Fn::Select")); selected != nil {
		scope = list(selected[1])[0]
	}
	if scope != "MessageBody" {
		t.Errorf("the scope of %v is %v", filter, scope)
	}
	return slices.ContainsFunc(list(dig(filter, "Records", "eventName")), func(rule any) bool {
		prefix, isPrefix := dig(rule, "prefix").(string)
		return rule == event || isPrefix && strings.HasPrefix(event, prefix)
	})
}

// Each event goes to one queue: that of its kind, or without a queue of its own for removals that of all events. The
// queue lets S3, or the topic, send it.
func TestRemovalsHaveAQueue(t *testing.T) {
	s := readStack(t)
	for _, fansOut := range []bool{false, true} {
		for _, hasRemovals := range []bool{false, true} {
			conditions := map[string]bool{"FansOut": fansOut, "HasRemovals": hasRemovals, "OwnsOriginals": true}
			for event, isRemoval := range map[string]bool{
				"ObjectCreated:Put": false, "ObjectCreated:CompleteMultipartUpload": false, "ObjectRemoved:Delete": true,
				"ObjectRemoved:DeleteMarkerCreated": true, "LifecycleExpiration:Delete": true,
				"LifecycleExpiration:DeleteMarkerCreated": true,
			} {
				want := "Events"
				if isRemoval && hasRemovals {
					want = "Removals"
				}
				if got := s.takers(t, event, conditions); !slices.Equal(got, []string{want + ".Arn"}) {
					t.Errorf("%v: %s goes to %v, want %s", conditions, event, got, want)
				}
				service := map[bool]string{false: "s3.amazonaws.com", true: "sns.amazonaws.com"}[fansOut]
				if !s.maySend(service, want, conditions) {
					t.Errorf("%v: %s may not send to %s", conditions, service, want)
				}
			}
		}
	}
}

// maySend reports whether the policy of a queue allows a service of AWS to send to it.
func (s stack) maySend(service, queue string, conditions map[string]bool) bool {
	for _, statement := range list(dig(s.properties(queue+"Policy", conditions), "PolicyDocument", "Statement")) {
		from := dig(statement, "Condition", "ArnEquals", "aws:SourceArn")
		if service == "events.amazonaws.com" {
			from = dig(statement, "Condition", "ArnLike", "aws:SourceArn")
		}
		if dig(statement, "Principal", "Service") == service && dig(statement, "Action") == "sqs:SendMessage" &&
			dig(statement, "Resource", "Fn::GetAtt") == queue+".Arn" && from != nil {
			return true
		}
	}
	return false
}

// The worker consumes the queue of removals and may send to it, on Lambda by few functions with large batches. The queue
// shares the dead letters, and an alarm watches it.
func TestRemovalsAreConsumed(t *testing.T) {
	s := readStack(t)
	conditions := map[string]bool{"HasRemovals": true, "IsLambda": true, "IsFargate": true}
	removals := s.properties("Removals", conditions)
	source := s.properties("RemovalsSource", conditions)
	if dig(source, "EventSourceArn", "Fn::GetAtt") != "Removals.Arn" || dig(source, "FunctionName", "Ref") != "EventsFunction" ||
		!slices.Contains(list(source["FunctionResponseTypes"]), any("ReportBatchItemFailures")) {
		t.Errorf("got %v, want the queue of removals at EventsFunction", source)
	}
	if dig(source, "ScalingConfig", "MaximumConcurrency") != 2 || dig(source, "BatchSize") != 100 {
		t.Errorf("got %v, want two functions with batches of 100, as BenchmarkBulk in server/warm/cdn", source)
	}
	least := 6*dig(s.Resources["EventsFunction"].Properties, "Timeout").(int) + dig(source, "MaximumBatchingWindowInSeconds").(int)
	if visible := removals["VisibilityTimeout"].(int); visible < least {
		t.Errorf("got visibility timeout %d s, want at least six times the function's timeout and the window, %d s", visible, least)
	}
	allowed := fmt.Sprint(dig(removals, "RedrivePolicy"), s.properties("DeadLetters", conditions)["RedriveAllowPolicy"])
	if !strings.Contains(allowed, "DeadLetters.Arn") || !strings.Contains(allowed, "${Name}-removals") {
		t.Errorf("the queue has no dead letters: %s", allowed)
	}
	for _, sid := range []string{"Consume", "SettleLater"} {
		for _, statement := range list(dig(list(s.properties("WorkRole", conditions)["Policies"])[0], "PolicyDocument", "Statement")) {
			if dig(statement, "Sid") == sid && !strings.Contains(fmt.Sprint(dig(statement, "Resource")), "Removals.Arn") {
				t.Errorf("WorkRole: %s is not about the queue", sid)
			}
		}
	}
	for name, want := range map[string]any{"EventsFunction": "Removals", "DeadLettersFunction": nil} {
		if got := dig(s.properties(name, conditions), "Environment", "Variables", "IMGORIGIN_REMOVALS_QUEUE", "Ref"); got != want {
			t.Errorf("%s: --removals-queue is %v, want %v", name, got, want)
		}
	}
	worker := fmt.Sprint(list(s.properties("WorkTask", conditions)["ContainerDefinitions"])[0])
	if !strings.Contains(worker, "IMGORIGIN_REMOVALS_QUEUE Value:map[Ref:Removals]") {
		t.Errorf("the worker does not know the queue: %s", worker)
	}
	alarm := s.properties("RemovalsAgeAlarm", conditions)
	if watched := fmt.Sprint(alarm["Dimensions"]); !strings.Contains(watched, "Removals.QueueName") {
		t.Errorf("the alarm watches %s", watched)
	}
}

// Stacks from before the parameter, and images that do not know the flag, stay as they are.
func TestRemovalsAreOptional(t *testing.T) {
	s := readStack(t)
	if got := s.Parameters["RemovalsQueue"]["Default"]; got != "false" {
		t.Errorf("RemovalsQueue is %v", got)
	}
	conditions := map[string]bool{"IsLambda": true, "IsFargate": true, "FansOut": true, "OwnsOriginals": true}
	for name := range s.Resources {
		if p := s.properties(name, conditions); p != nil && name != "DeadLetters" && name != "Dashboard" {
			if text := fmt.Sprint(p); strings.Contains(text, "Removals") || strings.Contains(text, "REMOVALS") {
				t.Errorf("%s mentions the queue of removals", name)
			}
		}
	}
}

// The dashboard is valid with and without the queue, and shows it.
func TestDashboardShowsRemovals(t *testing.T) {
	s := readStack(t)
	for _, hasRemovals := range []bool{false, true} {
		sub := list(dig(s.properties("Dashboard", map[string]bool{"HasRemovals": hasRemovals}), "DashboardBody", "Fn::Sub"))
		body := variable.ReplaceAllStringFunc(sub[0].(string), func(v string) string {
			switch value := dig(sub[1], v[2:len(v)-1]).(type) {
			case string:
				return value
			case object:
				return value["Fn::Sub"].(string)
			}
			return v
		})
		if !json.Valid([]byte(body)) {
			t.Errorf("not valid: %s", body)
		}
		if n := strings.Count(body, "${Removals.QueueName}"); hasRemovals != (n == 2) {
			t.Errorf("with a queue of its own: %t, got %d metrics of it, want 2 with and none without", hasRemovals, n)
		}
	}
}
