package deploy

import (
	"fmt"
	"slices"
	"testing"
)

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
