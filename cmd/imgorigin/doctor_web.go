package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/imgorigin/imgorigin/server/originals"
)

// diagnose returns what an error of a source means.
func (s prefixedSource) diagnose(err error) diagnosis {
	if s.web != "" {
		return diagnoseWeb(err)
	}
	return aBucket.diagnose(err)
}

// diagnoseWeb returns what an error of a web server means.
func diagnoseWeb(err error) diagnosis {
	refusal, isStatus := errors.AsType[*originals.StatusError](err)
	name, isName := errors.AsType[*net.DNSError](err)
	_, isNetwork := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, originals.ErrAddress):
		return diagnosis{
			"the web server has no public address: " + err.Error(), "--private-originals, if it is one of your own that strangers may read", true,
		}
	case isStatus && (refusal.Status == http.StatusUnauthorized || refusal.Status == http.StatusForbidden):
		return diagnosis{
			"the web server " + refusal.Error() + " for an original that does not exist: every such image will be a 502",
			"a user and password in the URL, or have it answer 404", false,
		}
	case isStatus:
		return diagnosis{"the web server " + refusal.Error() + " for an original that does not exist", "have it answer 404", false}
	case isName && name.IsNotFound:
		return diagnosis{"the web server's name does not exist: " + name.Error(), "is the URL right?", false}
	case isNetwork || errors.Is(err, context.DeadlineExceeded):
		return diagnosis{"the web server does not answer: " + cause(err), "is the URL right, and is there a route to it?", false}
	}
	return diagnosis{found: err.Error()}
}
