package storage

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/server/originals"
)

// Diagnose returns what an error of a source means.
func (s Source) Diagnose(err error) cloud.Diagnosis {
	if s.Web != "" {
		return diagnoseWeb(err)
	}
	return cloud.Bucket.Diagnose(err)
}

// diagnoseWeb returns what an error of a web server means.
func diagnoseWeb(err error) cloud.Diagnosis {
	refusal, isStatus := errors.AsType[*originals.StatusError](err)
	name, isName := errors.AsType[*net.DNSError](err)
	_, isNetwork := errors.AsType[net.Error](err)
	d := cloud.Diagnosis{Found: err.Error()}
	switch {
	case errors.Is(err, originals.ErrAddress):
		d.Found = "the web server has no public address: " + err.Error()
		d.Advice = "--private-originals, if it is one of your own that strangers may read"
		d.IsPermanent = true
	case isStatus && (refusal.Status == http.StatusUnauthorized || refusal.Status == http.StatusForbidden):
		d.Found = "the web server " + refusal.Error() + " for an original that does not exist: every such image will be a 502"
		d.Advice = "a user and password in the URL, or have it answer 404"
	case isStatus:
		d.Found = "the web server " + refusal.Error() + " for an original that does not exist"
		d.Advice = "have it answer 404"
	case isName && name.IsNotFound:
		d.Found, d.Advice = "the web server's name does not exist: "+name.Error(), "is the URL right?"
	case isNetwork || errors.Is(err, context.DeadlineExceeded):
		d.Found, d.Advice = "the web server does not answer: "+cloud.Cause(err), "is the URL right, and is there a route to it?"
	}
	return d
}
