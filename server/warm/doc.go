// Package warm makes the common variants of originals before anyone asks, and forgets them when their original
// changes. It is told by events of S3, which repeat, come late and out of order; it believes none of them and looks.
//
//	S3 ─► SQS ──────────────────────► Consumer ─┐          one decoder, Decode, for every envelope
//	S3 ─► SNS ─► SQS ───────────────►           ├─► Warmer.Handle ─► Target        *server.Server is one
//	S3 ─► EventBridge ─► SQS ───────►           │        │   │   stat · drop · warm
//	  any of these ─► Lambda ───────► Lambda ───┤        │   │
//	minio, versitygw, SNS ──https───► Hook ─► Pool       │   └─► CloudFront: the CDN forgets what was dropped
//	a list of what is there ────────► Backfill ─► Warmer.Warm
//	                                                     └─► Quarantine: what will never decode, with the reason
//
// # An event
//
// [Warmer.Handle] takes turns by key. It looks at the original, drops its variants, warms the configured ones from
// one decode, or none when the original is gone, and looks again: if the original is another than before, it starts
// over. So what it leaves is of the newest bytes, whichever event it was that came, and the event that another worker
// handles at the same time for the same original does no harm. What saves work is safe to be wrong about:
//
//	coalesced  somebody in this process began to look after the event had come
//	late       the sequencer is no later than that of the last event settled, and the ETag is still that one
//	late       removed, but the original is back: the event of its coming back is on its way
//
// An event that was delivered before ([Event.Redelivered]) is never late: a try that died may have dropped what others
// had made. And it always goes on to the CDN.
//
// # A failure
//
// A picture that is corrupt, unsupported or too large is that for ever: it is put into the quarantine at once and
// its event is done with. [Reasons] then answers whoever is about to decode it, until its ETag changes. Any other
// failure is returned, and the event comes again: from SQS after a pause that doubles, until the queue's redrive
// policy moves the message to its dead letters. A [Consumer] of those gives each one try more, with
// [Warmer.DeadLetter], and sets aside what fails then too; the lazy path goes on trying such an original.
//
// A message is deleted when its work is done, and the work is done when nothing of it can be lost with the process:
// variants stored, the case in the quarantine, the invalidation accepted. A process that is killed at any moment
// costs a second try.
package warm
