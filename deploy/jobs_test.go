package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The state machine is valid JSON whose steps submit the job to its queue, with commands that keep their positions where the job's
// role may write. Its own role may do no more than that and wait.
func TestJobsAreSubmitted(t *testing.T) {
	s := readStack(t)
	conditions := map[string]bool{"IsFargate": true, "HasJobs": true}
	text := dig(s.properties("JobsMachine", conditions), "DefinitionString", "Fn::Sub").(string)
	var machine struct {
		StartAt string
		States  map[string]struct {
			Type, Resource, Next, Default string
			Choices                       []struct{ Next string }
			Parameters                    struct {
				JobQueue, JobDefinition string
				ContainerOverrides      struct{ Command []string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &machine); err != nil {
		t.Fatal(err)
	}
	jobs := 0
	for name, state := range machine.States {
		for _, next := range append([]string{state.Next, state.Default, machine.StartAt}, nextOf(state.Choices)...) {
			if _, ok := machine.States[next]; next != "" && !ok {
				t.Errorf("%s leads to %s, which does not exist", name, next)
			}
		}
		if state.Type != "Task" {
			continue
		}
		jobs++
		if !strings.HasSuffix(state.Resource, ":batch:submitJob.sync") || state.Parameters.JobQueue != "${JobQueue}" || state.Parameters.JobDefinition != "${Job}" {
			t.Errorf("%s: got %+v", name, state)
		}
		if command := state.Parameters.ContainerOverrides.Command; command != nil {
			checkJobCommand(t, command)
		}
	}
	if jobs != 3 {
		t.Errorf("got %d steps with jobs", jobs)
	}
	container := dig(s.properties("Job", conditions), "ContainerProperties")
	var command []string
	for _, word := range list(dig(container, "Command")) {
		if sub, ok := dig(word, "Fn::Sub").(string); ok {
			word = sub
		}
		command = append(command, fmt.Sprint(word))
	}
	checkJobCommand(t, command)
	if dig(container, "JobRoleArn", "Fn::GetAtt") != "WorkRole.Arn" {
		t.Errorf("the job runs as %v", dig(container, "JobRoleArn"))
	}
	for role, want := range map[string]map[string]string{
		"WorkRole": {"s3:PutObject": "map[Fn::Sub:${Variants.Arn}/jobs/*]", "s3:GetObject": "map[Fn::Sub:${Variants.Arn}/jobs/*]"},
		"JobsRole": {"batch:SubmitJob": "[map[Ref:JobQueue] map[Fn::Sub:arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}:job-definition/${Name}-job:*]]"},
	} {
		for action, resource := range want {
			if got := s.resourcesOf(role, action, conditions); !slices.Contains(got, resource) {
				t.Errorf("%s may %s %q, want %s", role, action, got, resource)
			}
		}
	}
	for _, name := range []string{"Job", "JobQueue", "JobEnvironment", "JobsMachine", "JobsRole"} {
		if s.properties(name, map[string]bool{"IsFargate": true, "HasJobs": false}) != nil {
			t.Errorf("%s is there without Jobs", name)
		}
	}
}

func nextOf(choices []struct{ Next string }) (names []string) {
	for _, c := range choices {
		names = append(names, c.Next)
	}
	return names
}

// checkJobCommand checks that a command does a part of the work, and keeps the position of that part.
func checkJobCommand(t *testing.T, command []string) {
	t.Helper()
	line := strings.Join(command, " ")
	if want := command[0] + " --shard batch --state s3://${Variants}/jobs/" + command[0] + "-{shard}.json"; line != want {
		t.Errorf("got the command %s, want %s", line, want)
	}
}

// Workers and jobs run on the capacity of the parameter, and serving tasks on what is not taken away.
func TestWorkersMayBeSpot(t *testing.T) {
	s := readStack(t)
	if got := list(s.Resources["WorkService"].Properties["CapacityProviderStrategy"]); len(got) != 1 || dig(got[0], "CapacityProvider", "Ref") != "WorkerCapacity" {
		t.Errorf("workers run on %v", got)
	}
	if got := dig(s.Resources["JobEnvironment"].Properties, "ComputeResources", "Type", "Ref"); got != "WorkerCapacity" {
		t.Errorf("jobs run on %v", got)
	}
	providers := list(s.Resources["Cluster"].Properties["CapacityProviders"])
	for _, value := range list(s.Parameters["WorkerCapacity"]["AllowedValues"]) {
		if !slices.Contains(providers, value) {
			t.Errorf("the cluster has no capacity of %v", value)
		}
	}
	if s.Resources["ServeService"].Properties["LaunchType"] != "FARGATE" {
		t.Error("serving tasks can be stopped at two minutes' notice")
	}
}

// With a bucket for access logs, everything that takes requests writes them.
func TestAccessLogs(t *testing.T) {
	s := readStack(t)
	for _, hasBucket := range []bool{false, true} {
		conditions := map[string]bool{"HasLogBucket": hasBucket, "OwnsOriginals": true, "IsFargate": true}
		logs := map[string]bool{"Distribution": dig(s.properties("Distribution", conditions), "DistributionConfig", "Logging") != nil}
		for _, name := range s.of("AWS::S3::Bucket") {
			logs[name] = s.properties(name, conditions)["LoggingConfiguration"] != nil
		}
		attributes := fmt.Sprint(s.properties("LoadBalancer", conditions)["LoadBalancerAttributes"])
		logs["LoadBalancer"] = strings.Contains(attributes, "access_logs.s3.enabled Value:true")
		for name, got := range logs {
			if got != hasBucket {
				t.Errorf("%s writes access logs: %t with a bucket for them: %t", name, got, hasBucket)
			}
		}
	}
}

// Servers with upload tokens reach the load balancer by their security group, and the outputs say where.
func TestUploadsCanBeFollowed(t *testing.T) {
	s := readStack(t)
	admitted := s.properties("ServersToLoadBalancer", map[string]bool{"AdmitsServers": true})
	if dig(admitted, "SourceSecurityGroupId", "Ref") != "UploadServersGroupId" || dig(admitted, "GroupId", "Ref") != "LoadBalancerGroup" {
		t.Errorf("got %v", admitted)
	}
	for _, name := range []string{"UploadsUrl", "UploadsLocation", "EventsLog", "QueueUrl", "DeadLettersUrl", "QuarantineBucket", "ExampleUrl"} {
		if s.Outputs[name] == nil {
			t.Errorf("no output %s", name)
		}
	}
}
