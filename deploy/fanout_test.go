package deploy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// While FanOut is switched, events come by the queue and by the topic. The queues take both at any time, and the bucket sends to
// the topic only when the queues are subscribed to it. A queue for removals is subscribed before the other leaves them out.
func TestFanOutLosesNothing(t *testing.T) {
	s := readStack(t)
	for _, fansOut := range []bool{false, true} {
		conditions := map[string]bool{"FansOut": fansOut, "HasRemovals": true}
		for _, queue := range []string{"Events", "Removals"} {
			for _, service := range []string{"s3.amazonaws.com", "sns.amazonaws.com"} {
				if !s.maySend(service, queue, conditions) {
					t.Errorf("%s may not send to %s with FanOut %t", service, queue, fansOut)
				}
			}
		}
	}
	topics := list(dig(s.properties("Originals", map[string]bool{"FansOut": true, "OwnsOriginals": true}), "NotificationConfiguration", "TopicConfigurations"))
	for _, c := range topics {
		if refs := fmt.Sprint(dig(c, "Topic", "Fn::Select")); !strings.Contains(refs, "Ref:Subscription") || !strings.Contains(refs, "Ref:TopicPolicy") {
			t.Errorf("%v does not wait for the subscription", c)
		}
	}
	if len(topics) != 3 {
		t.Errorf("got %d kinds of events to the topic", len(topics))
	}
	for subscription, policy := range map[string]any{"Subscription": "EventsPolicy", "RemovalsSubscription": "RemovalsPolicy"} {
		if !slices.Contains(s.Resources[subscription].DependsOn, policy) {
			t.Errorf("%s does not wait for %v", subscription, policy)
		}
	}
	filters := s.properties("Subscription", map[string]bool{"FansOut": true, "HasRemovals": true})["FilterPolicyScope"]
	if !strings.Contains(fmt.Sprint(filters), "Ref:RemovalsSubscription") {
		t.Error("Subscription leaves out removals before RemovalsSubscription is there")
	}
}

// The rules of EventBridge send the events of an existing bucket to the queues of their kinds, and leave out other keys.
func TestRulesSendEvents(t *testing.T) {
	s := readStack(t)
	for _, hasRemovals := range []bool{false, true} {
		conditions := map[string]bool{"HasRules": true, "HasRemovals": hasRemovals}
		want := map[string]string{"CreatedRule": "Events", "RemovedRule": "Events"}
		if hasRemovals {
			want["RemovedRule"] = "Removals"
		}
		for name, kind := range map[string]string{"CreatedRule": "Object Created", "RemovedRule": "Object Deleted"} {
			p := s.properties(name, conditions)
			targets, queue := list(p["Targets"]), want[name]
			if got := fmt.Sprint(targets); len(targets) != 1 || !strings.Contains(got, "Fn::GetAtt:"+queue+".Arn") {
				t.Errorf("%s sends to %s, want %s", name, got, queue)
			}
			if !s.maySend("events.amazonaws.com", queue, conditions) {
				t.Errorf("%s may not send to %s", name, queue)
			}
			detail := dig(p, "EventPattern", "detail")
			if got := list(dig(p, "EventPattern", "detail-type")); !slices.Equal(got, []any{kind}) {
				t.Errorf("%s sends %v", name, got)
			}
			if bucket, key := fmt.Sprint(dig(detail, "bucket", "name")), fmt.Sprint(dig(detail, "object", "key")); bucket != "[map[Ref:OriginalsBucketName]]" ||
				key != "[map[wildcard:map[Ref:EventsKeys]]]" {
				t.Errorf("%s sends the events of %s, %s", name, bucket, key)
			}
		}
	}
	if s.properties("CreatedRule", map[string]bool{"HasRules": false}) != nil {
		t.Error("there are rules for a new bucket")
	}
}

// S3 replaces all notifications of a bucket by those that it is given, so a command on the page adds to those that it has.
// Lambda takes no index of images, which buildx pushes unless it is told to leave out the provenance.
func TestPageHarmsNothing(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	puts, pushes := 0, 0
	for line := range strings.Lines(string(page)) {
		if strings.Contains(line, "put-bucket-notification-configuration") {
			puts++
			if !strings.Contains(line, "file://notifications.json") {
				t.Errorf("replaces the notifications of a bucket: %s", line)
			}
		}
		if strings.Contains(line, "--push") {
			pushes++
			if !strings.Contains(line, "--provenance=false") {
				t.Errorf("pushes an index: %s", line)
			}
		}
	}
	if merges := strings.Count(string(page), "get-bucket-notification-configuration"); puts == 0 || merges < puts {
		t.Errorf("got %d commands that read notifications, and %d that write them", merges, puts)
	}
	if pushes == 0 || strings.Contains(string(page), "docker push") {
		t.Error("an image is pushed without buildx")
	}
}
