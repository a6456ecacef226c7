package deploy

import (
	"fmt"
	"slices"
	"testing"
)

func TestAlarmsNotify(t *testing.T) {
	s := readStack(t)
	alarms := s.of("AWS::CloudWatch::Alarm")
	for _, want := range []string{
		"DeadLettersAlarm", "ErrorsAlarm", "KeptAlarm", "QueueAgeAlarm", "RefusalsAlarm", "ShareAlarm",
	} {
		if !slices.Contains(alarms, want) {
			t.Errorf("no %s in %v", want, alarms)
		}
	}
	for _, name := range alarms {
		p := s.Resources[name].Properties
		const topic = "map[Fn::If:[HasAlarmTopic [map[Ref:AlarmTopicArn]] map[Ref:AWS::NoValue]]]"
		if got := fmt.Sprint(p["AlarmActions"]); got != topic {
			t.Errorf("%s notifies %s, want the parameter's topic", name, got)
		}
		if p["TreatMissingData"] == nil || p["AlarmDescription"] == nil {
			t.Errorf("%s has no description, or does not define what missing data means", name)
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
