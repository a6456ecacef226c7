package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The schedule starts the worker's task with the command sweep, and its role may do that. The task may keep the position
// of the sweep, in the variants bucket but where CloudFront does not read. Without Fargate, or without an interval, there
// is none of it.
func TestSweepIsScheduled(t *testing.T) {
	s := readStack(t)
	for _, conditions := range []map[string]bool{{}, {"IsFargate": true}, {"IsFargate": true, "Sweeps": false}, {"IsLambda": true}} {
		want := len(conditions) == 1 && conditions["IsFargate"]
		for _, name := range []string{"Sweep", "SweepRole", "SweptAlarm", "SweepsFailedAlarm"} {
			if got := s.properties(name, conditions) != nil; got != want {
				t.Errorf("%v: %s: got %t", conditions, name, got)
			}
		}
		if got := strings.Contains(fmt.Sprint(s.properties("WorkRole", conditions)), "sweep.json"); got && !want {
			t.Errorf("%v: the worker may write the position of a sweep", conditions)
		}
	}
	conditions := map[string]bool{"IsFargate": true, "Sweeps": true}
	target := s.properties("Sweep", conditions)["Target"]
	var input struct{ ContainerOverrides []struct{ Name, Command any } }
	if err := json.Unmarshal([]byte(dig(target, "Input", "Fn::Sub").(string)), &input); err != nil || len(input.ContainerOverrides) != 1 {
		t.Fatalf("got %v, %v", input, err)
	}
	worker := list(s.properties("WorkTask", conditions)["ContainerDefinitions"])[0]
	const command = "[sweep --state s3://${Variants}/sweep.json]"
	if o := input.ContainerOverrides[0]; o.Name != dig(worker, "Name") || fmt.Sprint(o.Command) != command {
		t.Errorf("got %v, want that the worker sweeps", o)
	}
	if dig(target, "EcsParameters", "TaskDefinitionArn", "Ref") != "WorkTask" || dig(target, "RoleArn", "Fn::GetAtt") != "SweepRole.Arn" {
		t.Errorf("got %v, want the worker's task", target)
	}
	for role, want := range map[string]map[string]string{
		"SweepRole": {"ecs:RunTask": "map[Ref:WorkTask]", "iam:PassRole": "[map[Fn::GetAtt:ExecutionRole.Arn] map[Fn::GetAtt:WorkRole.Arn]]"},
		"WorkRole":  {"s3:PutObject": "map[Fn::Sub:${Variants.Arn}/sweep.json]", "s3:GetObject": "map[Fn::Sub:${Variants.Arn}/sweep.json]"},
	} {
		for action, resource := range want {
			if got := s.resourcesOf(role, action, conditions); !slices.Contains(got, resource) {
				t.Errorf("%s may %s %q, want %s", role, action, got, resource)
			}
		}
	}
}

// resourcesOf returns the resources on which a role may do something.
func (s stack) resourcesOf(role, action string, conditions map[string]bool) (resources []string) {
	for _, policy := range list(s.properties(role, conditions)["Policies"]) {
		for _, statement := range list(dig(policy, "PolicyDocument", "Statement")) {
			if slices.Contains(list(dig(statement, "Action")), any(action)) {
				resources = append(resources, fmt.Sprint(dig(statement, "Resource")))
			}
		}
	}
	return resources
}
