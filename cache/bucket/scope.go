package bucket

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
)

// A Scope says what an error of a bucket is about. The breaker, the checks of freshness, the consumers of events and
// the error table all decide by it, so that they can't disagree.
type Scope int

const (
	// OfKey is an error about the object that was asked for: it is missing, forbidden, archived or damaged. The next
	// object may be well. An AccessDenied is such an error, or else strangers could make a healthy bucket look broken by
	// asking for objects that they may not have.
	OfKey Scope = iota

	// OfBucket is an error about the bucket or the way to it: a server error, a throttled request, a broken connection, a
	// deadline, a bucket that does not exist, credentials that are not valid. Asking for another object is in vain.
	OfBucket

	// OfCaller is the caller's cancellation, which says nothing about either.
	OfCaller
)

// A Scoped is an error that says itself what it is about, because it comes from no bucket.
type Scoped interface {
	error
	Scope() Scope
}

// ScopeOf returns what a non-nil error is about.
func ScopeOf(err error) Scope {
	if errors.Is(err, context.Canceled) {
		return OfCaller
	}
	if scoped, ok := errors.AsType[Scoped](err); ok {
		return scoped.Scope()
	}
	if status := Status(err); status >= 300 { // with one below, the answer was well, and reading it was not
		throttled := status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
		isMissing := status == http.StatusNotFound && Code(err) != noSuchKey // the bucket, or the way to it
		if status >= 500 || throttled || isMissing || Code(err) == "SlowDown" || Refusal(err) != "" {
			return OfBucket
		}
		return OfKey
	}
	_, isSend := errors.AsType[*url.Error](err)
	_, isNet := errors.AsType[*net.OpError](err) // not net.Error, which errors of files implement too
	if isSend || isNet || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) {
		return OfBucket
	}
	return OfKey
}

// IsOutage reports whether err is about the bucket, see [OfBucket].
func IsOutage(err error) bool { return err != nil && ScopeOf(err) == OfBucket }
