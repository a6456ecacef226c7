package server

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

func TestGrammarErrors(t *testing.T) {
	tests := []struct {
		err  error
		want int
	}{
		{&grammar.ParamError{Param: "w", Got: "abc", Takes: "a whole number"}, http.StatusBadRequest},
		{grammar.ErrKey, http.StatusBadRequest},
		{&grammar.UnsignedError{What: "blur"}, http.StatusForbidden},
		{grammar.ErrSignature, http.StatusForbidden},
		{grammar.ErrExpired, http.StatusForbidden},
	}
	for _, test := range tests {
		for _, err := range []error{test.err, fmt.Errorf("parse: %w", test.err), &uncachedError{test.err}} {
			if got := faultOf(err).status; got != test.want {
				t.Errorf("%v: got status %d, want %d", err, got, test.want)
			}
		}
	}
}
