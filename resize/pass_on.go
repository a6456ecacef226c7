package resize

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/strip"
)

// passingOn returns a function that encodes a variant, or passes on the original without its metadata if that is smaller,
// where they are the same image. A variant whose quality is limited by that of the original loses as much once more, and must
// save a quarter of the bytes.
func (e *Portable) passingOn(p *pyramid, plan Plan, t Transform, encode func() ([]byte, error)) func() ([]byte, error) {
	if !e.mayPassOn(p, plan, t) {
		return encode
	}
	src, format, keepICC := p.src, p.header.Format, p.carried != nil
	limited := format == JPEG && p.header.LimitsQuality(1)
	return func() ([]byte, error) {
		body, err := encode()
		if err != nil {
			return nil, err
		}
		limit := len(body)
		if limited {
			limit += limit / 3
		}
		if t.MaxBytes != 0 {
			limit = min(limit, max(len(body), t.MaxBytes+1))
		}
		return smallerOf(body, src, format, keepICC, limit), nil
	}
}

// mayPassOn reports whether a variant is the original, in its own size, format and colours, upright and of no quality in
// particular. The original was decoded without an error; a decoder that forgives errors proves nothing.
func (e *Portable) mayPassOn(p *pyramid, plan Plan, t Transform) bool {
	h := p.header
	w, ht := p.Displayed()
	_, foreign := e.decodes[h.Format]
	isWhole := plan.Crop == image.Rect(0, 0, w, ht) && plan.Size == image.Pt(w, ht) && plan.Canvas == plan.Size
	isSame := isWhole && !t.isFiltered()
	isFormat := t.Format == h.Format || t.Format == Auto && Auto.MayBecome(h.Format)
	return p.src != nil && isSame && isFormat && t.askedQuality() == 0 && p.header.Orientation <= 1 &&
		p.profile == nil && p.inks == nil && !foreign && !e.config.Lenient
}

// smallerOf returns a variant, or a copy of its original without metadata if that has fewer bytes than a limit.
func smallerOf(variant, src []byte, f Format, keepICC bool, limit int) []byte {
	if stripped, ok := stripped(src, f, keepICC, limit); ok {
		return stripped.Bytes()
	}
	return variant
}

// stripped returns a file without its metadata, if it has fewer than some bytes then.
func stripped(src []byte, f Format, keepICC bool, limit int) (file strip.File, ok bool) {
	switch f {
	case JPEG:
		file, ok = strip.JPEG(src, keepICC)
	case PNG:
		file, ok = strip.PNG(src, keepICC)
	case GIF:
		file, ok = strip.GIF(src)
	case WebP:
		file, ok = strip.WebP(src, keepICC)
	}
	return file, ok && file.Len() < limit
}
