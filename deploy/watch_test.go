package deploy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestAlarmsNotify(t *testing.T) {
	s := readStack(t)
	alarms := s.of("AWS::CloudWatch::Alarm")
	for _, want := range []string{
		"ErrorsAlarm", "KeptAlarm", "NotStoredAlarm", "QueueAgeAlarm", "RefusalsAlarm", "ShareAlarm",
	} {
		if !slices.Contains(alarms, want) {
			t.Errorf("no %s in %v", want, alarms)
		}
	}
	for _, name := range alarms {
		p := s.Resources[name].Properties
		const topic = "map[Fn::If:[HasAlarmTopic [map[Ref:AlarmTopicArn]] map[Fn::If:[HasAlarmEmail [map[Ref:Alarms]] map[Ref:AWS::NoValue]]]]]"
		if got := fmt.Sprint(p["AlarmActions"]); got != topic {
			t.Errorf("%s notifies %s, want the parameter's topic, or that of the e-mail", name, got)
		}
		if p["TreatMissingData"] == nil || p["AlarmDescription"] == nil {
			t.Errorf("%s has no description, or does not define what missing data means", name)
		}
	}
}

// A topic sends alarms to the e-mail address, if there is one.
func TestAlarmEmail(t *testing.T) {
	s := readStack(t)
	p := s.properties("Alarms", map[string]bool{"HasAlarmEmail": true})
	if got := list(p["Subscription"]); len(got) != 1 || dig(got[0], "Protocol") != "email" || dig(got[0], "Endpoint", "Ref") != "AlarmEmail" {
		t.Errorf("got subscriptions %v", got)
	}
	policy := fmt.Sprint(s.properties("AlarmsPolicy", map[string]bool{"HasAlarmEmail": true}))
	for _, want := range []string{"Service:cloudwatch.amazonaws.com", "aws:SecureTransport:false", "Topics:[map[Ref:Alarms]]"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the topic's policy has no %s: %s", want, policy)
		}
	}
	if s.properties("Alarms", map[string]bool{"HasAlarmEmail": false}) != nil {
		t.Error("there is a topic without an address")
	}
}

// With traces, every process that takes requests or events sends them to X-Ray of its region, which its role allows, and Lambda
// decides which invocations are traced. Without, nothing of it is there.
func TestTraces(t *testing.T) {
	s := readStack(t)
	const endpoint = "map[Fn::Sub:https://xray.${AWS::Region}.${AWS::URLSuffix}]"
	for name, env := range s.environments() {
		got, want := fmt.Sprint(env["IMGORIGIN_TRACES"]), endpoint
		if name == "Job" {
			want = "<nil>" // which takes neither
		}
		if got = strings.TrimSuffix(strings.TrimPrefix(got, "map[Fn::If:[HasTraces "), " map[Ref:AWS::NoValue]]]"); got != want {
			t.Errorf("%s sends traces to %s, want %s", name, got, want)
		}
	}
	for _, name := range s.of("AWS::Lambda::Function") {
		if got := fmt.Sprint(s.Resources[name].Properties["TracingConfig"]); got != "map[Fn::If:[HasTraces map[Mode:Active] map[Ref:AWS::NoValue]]]" {
			t.Errorf("%s: got tracing %s", name, got)
		}
	}
	for _, name := range []string{"ServeRole", "WorkRole"} {
		for _, isOn := range []bool{true, false} {
			text := fmt.Sprint(s.properties(name, map[string]bool{"HasTraces": isOn, "IsFargate": true, "OwnsOriginals": true}))
			if strings.Contains(text, "xray:PutTraceSegments") != isOn {
				t.Errorf("%s may send traces: %t, want %t", name, !isOn, isOn)
			}
		}
	}
	if fmt.Sprint(s.Conditions["HasTraces"]) != "map[Fn::Equals:[map[Ref:Tracing] true]]" || s.Parameters["Tracing"]["Default"] != "false" {
		t.Errorf("traces are sent if %v, want if Tracing is true, which it is not by default", s.Conditions["HasTraces"])
	}
}

// Each bad end of an event has an alarm, on a metric that every process which handles events writes into its log. The
// depth of the dead-letter queue has none: a worker consumes that queue, so it is nearly always empty. But each queue has one on
// the age of its messages, which tells that nobody consumes it.
func TestOutcomesOfEventsHaveAlarms(t *testing.T) {
	s := readStack(t)
	watched := make(map[any]string) // metrics to alarms
	old := make(map[string]bool)    // queues whose age is watched
	for _, name := range s.of("AWS::CloudWatch::Alarm") {
		p := s.Resources[name].Properties
		if dig(p, "Namespace", "Ref") == "Name" && p["MetricName"] != nil {
			watched[p["MetricName"]] = name
		}
		if p["MetricName"] == "ApproximateAgeOfOldestMessage" {
			old[strings.TrimSuffix(dig(list(p["Dimensions"])[0], "Value", "Fn::GetAtt").(string), ".QueueName")] = true
		} else if strings.Contains(fmt.Sprint(p["Dimensions"]), "DeadLetters") {
			t.Errorf("%s watches how many dead letters there are", name)
		}
	}
	for _, queue := range s.of("AWS::SQS::Queue") {
		if !old[queue] {
			t.Errorf("no alarm on the age of %s", queue)
		}
	}
	for _, metric := range []string{
		"Quarantined", "Exhausted", "EventsDeferred", "EventsFailed", "PurgeErrors", "SweptStale", "SweepsFailed",
	} {
		if watched[metric] == "" {
			t.Errorf("no alarm on %s", metric)
		}
	}
	workers := 0
	for name, env := range s.environments() {
		if env["IMGORIGIN_QUEUE"] == nil {
			continue
		}
		workers++
		if dig(env["IMGORIGIN_EMF"], "Ref") != "Name" {
			t.Errorf("%s writes no metrics for the alarms", name)
		}
	}
	if workers != 3 {
		t.Errorf("got %d processes with a queue, want the worker and two functions", workers)
	}
}

// What viewers get in place of the service's answers has alarms: the 5xx of the load balancer or of the function URL, and the 429 of
// a function that has no concurrency left, which Lambda counts among the 4xx.
func TestAnswersInPlaceOfTheServiceHaveAlarms(t *testing.T) {
	s := readStack(t)
	for _, test := range []struct{ alarm, compute, metric, dimension string }{
		{"GoneAlarm", "IsFargate", "HTTPCode_ELB_5XX_Count", "LoadBalancer"},
		{"GoneAlarm", "IsLambda", "Url5xxCount", "FunctionName"},
		{"ThrottledAlarm", "IsLambda", "Throttles", "FunctionName"},
	} {
		p := s.properties(test.alarm, map[string]bool{test.compute: true})
		if p["MetricName"] != test.metric || dig(list(p["Dimensions"])[0], "Name") != test.dimension || p["Statistic"] != "Sum" {
			t.Errorf("%s with %s is on %v of %v, want the sum of %s", test.alarm, test.compute, p["MetricName"], p["Dimensions"], test.metric)
		}
		if test.compute == "IsLambda" && dig(list(p["Dimensions"])[0], "Value", "Ref") != "HttpFunction" {
			t.Errorf("%s watches %v", test.alarm, p["Dimensions"])
		}
	}
}

// Each alarm is in the table of the page for those on call, by the end of its name, with what to do.
func TestAlarmsHaveRunbooks(t *testing.T) {
	page, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	s := readStack(t)
	for _, alarm := range s.of("AWS::CloudWatch::Alarm") {
		name := strings.TrimPrefix(s.Resources[alarm].Properties["AlarmName"].(object)["Fn::Sub"].(string), "${Name}-")
		if !strings.Contains(string(page), "\n| `"+name+"` | ") {
			t.Errorf("OPERATING.md has no line about the alarm %s", name)
		}
	}
}

func TestLogsExpire(t *testing.T) {
	s := readStack(t)
	for _, name := range s.of("AWS::Logs::LogGroup") {
		if dig(s.Resources[name].Properties, "RetentionInDays", "Ref") != "LogDays" {
			t.Errorf("%s keeps logs forever", name)
		}
	}
	for _, name := range s.of("AWS::Lambda::Function") {
		if dig(s.Resources[name].Properties, "LoggingConfig", "LogGroup", "Ref") == nil {
			t.Errorf("%s logs to a group that is not in the template", name)
		}
	}
}
