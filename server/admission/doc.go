// Package admission decides which work begins, and when.
//
//	a request that needs a fill
//	  │
//	  ▼
//	Limits   ── too many different variants of an original, or for a network ──► LimitError
//	  │
//	  ▼
//	Gate     ── memory and processors: wait in order, or ──► ErrBusy
//	  │
//	  ▼
//	Breaker  ── a bucket that does not answer is not asked ──► ErrOpen
//
// The three know nothing of each other, of HTTP or of images.
package admission
