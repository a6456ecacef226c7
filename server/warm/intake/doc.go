// Package intake takes in the notifications of S3 and hands their events, one by one, to a function that handles them.
// It does not know what is done about an event. What it cares for is that no event is lost, and that an event whose
// handling failed is delivered again.
//
//	SQS ───────────────────────► Consumer ─┐
//	AWS Lambda (SQS, SNS, S3) ─► Lambda ───┴─ Message ─► EachEvent ─► func(ctx, s3event.Event) error
//	webhooks, SNS by HTTPS ────► Hook ──────► Pool ────────────────►  the same function
//
// A [Consumer] and a [Lambda] leave a message in its queue until it is handled: the queue delivers it again when its
// handling failed, or when the process was killed. While a message waits for something that is not of the process, they
// handle others in its place ([WithoutPlace]). A webhook has no queue behind it. Its sender gets a 202 as soon as its
// events are in a [Pool], which retries them in memory, and works until it is empty when the process ends.
//
// Removals may have a queue of their own, with a Consumer of its own, so that uploads do not wait behind thousands of
// them. An event is handled in the same way whichever queue it comes from, and a [Sender] sends it to the queue of its
// kind when it is to be handled later.
//
// The messages of SQS and Lambda come with the permissions of the process. A webhook is open to everybody: [Hook] wants
// a token, or a message that SNS signed for a topic that is allowed.
package intake
