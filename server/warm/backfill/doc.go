// Package backfill warms the originals that are there already, of which no event tells, and brings originals back from
// the quarantine after a fix.
//
// A [Job] lists the originals in the order of their keys, and warms several at once, or does other work on them. It can be interrupted at any time:
// the next run of the same job goes on where this one was. What it saves is the key up to which everything is done:
//
//	a.jpg  b.jpg  c.jpg  d.jpg  e.jpg  f.jpg  …
//	done   done   work   done   work   not yet
//	         │      └──────┴────── warmed again by the next run, which skips variants that are there
//	         └ saved position
//
// A [Redrive] takes the originals out of the quarantine, one after the other, and warms them. Those that fail again go
// back.
package backfill
