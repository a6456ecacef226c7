package grammar

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrSignature is the error of a URL whose signature is not valid for it.
	ErrSignature = errors.New("the signature in s does not match this URL")

	// ErrExpired is the error of a signed URL past its expires.
	ErrExpired = errors.New("this URL has expired")
)

// A ParamError says which parameter of a URL is wrong, what it got and what it takes.
type ParamError struct{ Param, Got, Takes string }

func (e *ParamError) Error() string {
	return fmt.Sprintf("%s: got %q, takes %s", e.Param, clip(e.Got), e.Takes)
}

// An UnsignedError says which part of a URL is available only to signed URLs.
type UnsignedError struct{ What string }

func (e *UnsignedError) Error() string {
	return clip(e.What) + " requires a signed URL: see imgorigin sign"
}

// clip shortens text that a client sent to what is readable in a message.
func clip(s string) string {
	const limit = 60 // bytes
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
