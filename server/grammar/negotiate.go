package grammar

import (
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// negotiate replaces an automatic format by the best that both the client and the engine support. Where there is none,
// the format stays automatic: it then depends on the image, which only the engine sees.
func (g *Grammar) negotiate(req *Request, accept string) error {
	t := req.Transform.Normal()
	if t.Format == resize.Auto {
		req.Negotiated, req.AllowsStandIn = true, true
		t.Format = g.Negotiated(accept)
	}
	req.Transform = t.Normal()
	return g.checkServed(t)
}

// Negotiated returns the best format that the engine encodes, that may be negotiated, and that an Accept header names, else
// [resize.Auto].
func (g *Grammar) Negotiated(accept string) resize.Format {
	for _, f := range []resize.Format{resize.AVIF, resize.WebP} {
		if g.Encodes(f) && accepts(accept, f.MediaType()) && (g.Negotiates == nil || g.Negotiates(f)) {
			return f
		}
	}
	return resize.Auto
}

// checkServed returns an error for a transform that this server does not make.
func (g *Grammar) checkServed(t resize.Transform) error {
	if err := g.checkMark(t); err != nil {
		return err
	}
	return g.checkEncodes(t.Format)
}

// checkEncodes returns an error for a format that the engine does not write.
func (g *Grammar) checkEncodes(f resize.Format) error {
	if f == resize.Auto || g.Encodes(f) {
		return nil
	}
	var supported []string
	for _, f := range resize.Formats() {
		if words := f.Words(); len(words) > 0 && (f == resize.Auto || g.Encodes(f)) {
			supported = append(supported, words[0])
		}
	}
	return &ParamError{pFormat.String(), string(f), "on this server " + strings.Join(supported, ", ")}
}

// accepts reports whether an Accept header names a media type with a weight above 0. Wildcards don't count: browsers
// send */* whether or not they can show a format.
func accepts(accept, mediaType string) bool {
	for element := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(element, ";")
		if !strings.EqualFold(strings.TrimSpace(name), mediaType) {
			continue
		}
		for parameter := range strings.SplitSeq(parameters, ";") {
			q, isWeight := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(parameter, " ", "")), "q=")
			if isWeight && strings.Trim(q, "0.") == "" {
				return false
			}
		}
		return true
	}
	return false
}
