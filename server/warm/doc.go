// Package warm makes the common variants of originals in advance, and drops variants when their original changes.
// Events of S3 tell it which originals to look at. As they repeat, arrive late and arrive out of order, it trusts none
// of them: what it does depends only on what it finds.
//
//	                      ┌─────────────── package warm ───────────────┐
//	s3event ─► intake ──► │ Warmer.Handle ──► Target: stat, drop, warm │   *server.Server is a Target
//	           backfill ► │ Warmer.Warm       │                        │
//	              sweep ► │ Warmer.Sweep      │                        │
//	                      │                   ├──► quarantine          │   originals that will never decode, and why
//	                      │                   └──► Invalidator         │   *cdn.CloudFront: edge caches
//	                      └────────────────────────────────────────────┘
//
// The packages below this one each have one part of that: s3event decodes the notifications of S3; intake takes them in
// from queues, Lambda and webhooks; quarantine keeps originals that never decode; cdn invalidates what CloudFront
// caches; backfill warms the originals that are there already; sweep finds the variants that no event dropped.
//
// # An event
//
// [Warmer.Handle] works on one key at a time. It stats the original and drops the variants that were made from another
// state of it; those of its present state stay. Then it warms the configured transforms that are missing, from one
// decode, or none when the original is gone, and stats the original again: if it changed meanwhile, Handle starts over.
// So what it leaves is made from the newest bytes, whichever event it handled, and it does no harm when another worker
// handles an event of the same original at the same time. Two shortcuts save work. Each is taken only where repeating
// the work could change nothing:
//
//	coalesced  this process stat'ed the original after the event had arrived, and has settled it since
//	late       the event's sequencer is not after that of the last event settled, and the ETag is unchanged since
//
// An event about a removal is not late because the original is there: its newest version may have been deleted, and the
// one before it is current again.
//
// # The second time
//
// What Handle has settled may be unsettled by what began before: a server that read the old original may put a variant
// of it after the drop, and be killed before it looks again; a put whose client gave up may land; other processes answer
// from their memory until they look at the original again, and an edge keeps such an answer. So Handle returns a second
// event, for when all of that is over. It drops what is stale by then, and purges the CDN once more if there was
// anything to purge the first time. With the time that a purge takes, its delay is the bound on staleness.
//
// A redelivered event ([s3event.Event.Redelivered]) is never late: an interrupted attempt may have dropped variants and
// not purged them. It always invalidates the CDN.
//
// # What has expired
//
// A store may delete variants by their age while a CDN still has them. When their original is overwritten then, there is
// nothing to drop, as for an upload under a new key, which is not worth a purge. Config.Overwritten tells the two apart, by
// the versions that the bucket keeps of the original.
//
// # A failure
//
// That an image is corrupt, unsupported or too large is permanent: it is quarantined at once, and its event is done.
// Whoever is about to decode it learns that from [quarantine.Cached.DecodeError], until its ETag changes; the case is
// removed when the original is replaced or deleted.
//
// A bucket, a queue or a CDN that does not answer ([IsOutage]) is not the fault of the event: it is sent again, with a pause,
// as often as needed. Any other failure is returned, and the event is delivered again: by SQS after a pause that doubles,
// until the queue's redrive policy moves the message to the dead-letter queue. A consumer of that queue gives each event
// one more attempt, with [Warmer.DeadLetter], and quarantines originals for which that fails too. Requests go on trying
// those.
//
// A message is deleted when its work is done, and the work is done when none of it can be lost with the process: the
// drop is proven, variants are stored, the case is in the quarantine, the invalidation is accepted, the second event is
// in the queue. Killing a process at any moment costs a repeated attempt, and nothing else.
package warm
