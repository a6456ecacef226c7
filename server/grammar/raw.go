package grammar

const takesRaw = "true, in a signed URL, beside no others but dl and expires"

// parseRaw parses the URL of an original as it is stored. It has to be signed, also where all URLs are trusted: originals have
// metadata, such as where a photograph was taken.
func (r *reader) parseRaw(req Request) (Request, error) {
	for p, value := range r.values {
		switch param(p) {
		case pRaw, pDownload, pExpires, pSignature:
		default:
			if value != "" {
				r.fail(pRaw)
			}
		}
	}
	if r.values[pRaw] != "true" {
		r.fail(pRaw)
	}
	if !isFileName(r.values[pDownload]) {
		r.fail(pDownload)
	}
	switch {
	case r.err != nil:
		return Request{}, r.err
	case !req.Signed:
		return Request{}, &UnsignedError{pRaw.String()}
	}
	req.Raw, req.Attachment, req.Ignored = true, r.values[pDownload], r.ignored.String()
	return req, nil
}
