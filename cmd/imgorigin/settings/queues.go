package settings

import "github.com/imgorigin/imgorigin/cmd/imgorigin/usage"

// RemovalsFlag is a flag of the commands that handle the events of a queue.
type RemovalsFlag struct {
	RemovalsQueue string `group:"events" placeholder:"URL" help:"Another SQS queue, to which S3 sends ObjectRemoved and LifecycleExpiration in place of --queue, so that uploads do not wait behind bulk deletes."`
}

// Queues are the URLs of the queues that a process consumes. An empty URL means no queue.
type Queues struct{ Events, Removals, DeadLetters string }

// Check refuses queues that would keep nothing apart.
func (q Queues) Check() error {
	switch {
	case q.Removals != "" && q.Removals == q.Events:
		return usage.Errorf("--removals-queue is the queue of --queue: want one of its own")
	case q.DeadLetters != "" && (q.DeadLetters == q.Events || q.DeadLetters == q.Removals):
		return usage.Errorf("--dead-letters is a queue whose events are handled already: want the dead-letter queue of --queue")
	}
	return nil
}

// TakeEvents reports whether S3 sends events to any of the queues.
func (q Queues) TakeEvents() bool { return q.Events != "" || q.Removals != "" }
