package main

import "github.com/imgorigin/imgorigin/cmd/imgorigin/usage"

// removalsFlag is a flag of the commands that handle the events of a queue.
type removalsFlag struct {
	RemovalsQueue string `group:"events" placeholder:"URL" help:"Another SQS queue, to which S3 sends ObjectRemoved and LifecycleExpiration in place of --queue, so that uploads do not wait behind bulk deletes."`
}

// queues are the URLs of the queues that a process consumes. An empty URL means no queue.
type queues struct{ events, removals, deadLetters string }

// check refuses queues that would keep nothing apart.
func (q queues) check() error {
	switch {
	case q.removals != "" && q.removals == q.events:
		return usage.Errorf("--removals-queue is the queue of --queue: want one of its own")
	case q.deadLetters != "" && (q.deadLetters == q.events || q.deadLetters == q.removals):
		return usage.Errorf("--dead-letters is a queue whose events are handled already: want the dead-letter queue of --queue")
	}
	return nil
}

// takeEvents reports whether S3 sends events to any of the queues.
func (q queues) takeEvents() bool { return q.events != "" || q.removals != "" }
