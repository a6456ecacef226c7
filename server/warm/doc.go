// Package warm makes the common variants of originals in advance, and drops variants when their original changes.
// Events of S3 tell it which originals to look at. As they repeat, arrive late and arrive out of order, it trusts none
// of them: what it does depends only on what it finds.
//
//	                      ┌─────────────── package warm ───────────────┐
//	s3event ─► intake ──► │ Warmer.Handle ──► Target: stat, drop, warm │   *server.Server is a Target
//	           backfill ► │ Warmer.Warm       │                        │
//	                      │                   ├──► quarantine          │   originals that will never decode, and why
//	                      │                   └──► Invalidator         │   *cdn.CloudFront: edge caches
//	                      └────────────────────────────────────────────┘
//
// The packages below this one each have one part of that: s3event decodes the notifications of S3; intake takes them in
// from queues, Lambda and webhooks; quarantine keeps originals that never decode; cdn invalidates what CloudFront
// caches; backfill warms the originals that are there already.
//
// # An event
//
// [Warmer.Handle] waits while another event of the same key is handled. It stats the original and drops its variants.
// Then it warms the configured transforms from one decode, or none when the original is gone, and stats the original
// again: if it changed meanwhile, Handle starts over. So what it leaves is made from the newest bytes, whichever event
// it handled, and it does no harm when another process handles an event of the same original at the same time. Three
// shortcuts save work where that is safe:
//
//	coalesced  this process stat'ed the original after the event had arrived, and has settled it since
//	late       the event's sequencer is not after that of the last event settled, and the ETag is unchanged since
//	late       the event is a removal, but the original is there: an event about its return is on the way
//
// A redelivered event ([s3event.Event.Redelivered]) is never late: an interrupted attempt may have dropped variants
// that others had made. It always invalidates the CDN, too, as the attempt may have ended before it did.
//
// # A failure
//
// That an image is corrupt, unsupported or too large is permanent: it is quarantined at once, and its event is done.
// Whoever is about to decode it learns that from [quarantine.Cached.DecodeError], until its ETag changes. Any other
// failure is returned, and the event is delivered again: by SQS after a pause that doubles, until the queue's redrive
// policy moves the message to the dead-letter queue. A consumer of that queue gives each event one more attempt, with
// [Warmer.DeadLetter], and quarantines originals for which that fails too. Requests go on trying those.
//
// A message is deleted when its work is done, and the work is done when none of it can be lost with the process:
// variants are stored, the case is in the quarantine, the invalidation is accepted. Killing a process at any moment
// costs a repeated attempt, and nothing else.
package warm
