// Package sweep finds and drops variants that no event dropped: those of originals that are gone, or were replaced. Such
// variants stay behind when an event is lost, when a process is killed between storing a variant and looking at the
// original again, or when a put lands late. A CDN that reads the bucket itself serves them until they expire, and nobody
// notices.
//
//	Store.Originals ─► for each original: look ─► list its variants ─► all of this state?  ──yes──► clean
//	                                       ▲                             │ no
//	                                       └──── no ── still the same? ◄─┘
//	                                                     │ yes
//	                                                     ▼
//	            Warmer.Sweep: look, leave a trace, drop, look; purge the CDN; remove the trace   ─► stale, or gone
//
// Drafts of the present state, which a process has left without finals, are finished too.
//
// A [Sweep] is a job of package backfill: it can be interrupted and continued, divided into shards, and slowed down.
//
// # What it never drops
//
// Nothing is dropped unless a look that begins then returns another ETag, or that there is no such original. A look that
// fails, a list that fails, and a bucket that is missing are errors: the original is counted as failed, and its variants
// stay. So do objects without the metadata of a variant, if an original has no others, and variants of which the
// original's key can't be found out: they are counted as unknown.
//
// An original can change between the look and the list, and the variants of its new state are just as good: the
// sweep looks again before it believes that a variant is stale. [warm.Warmer.Sweep] then looks once more, drops what
// differs from that, and starts over if the original changes meanwhile. It may do this at the same time as a worker that
// handles an event of the same original: each drops only what is stale, and to drop it twice does no harm. If an original
// changes within the milliseconds between that look and the deletion, a variant of the new state may be deleted that has
// just replaced a stale one of the same name. It is made again when it is requested: that costs time, never an old image.
//
// # What it does not reach
//
// What is stale here has been so for longer than servers trust their memory, so the CDN is purged once, and does not get
// the old image again. Servers with --revalidate never are the exception: they keep a variant in memory until they are
// told, and a sweep does not tell them. They have to be restarted if events were lost.
//
// A sweep that is interrupted finishes the originals that it is dropping. If it is killed between a drop and the purge,
// the trace stays that [warm.Target] leaves before it drops anything. It is not of the present state of its original, so
// that the next sweep counts it as a variant to drop, and purges. Several sweeps at the same time leave a trace each.
package sweep
