package probe

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/imgorigin/imgorigin/resize/colour"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0
	markerSOF2  = 0xc2 // of a progressive image
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerAPP1  = 0xe1 // EXIF
	markerAPP2  = 0xe2 // ICC profiles
	markerAPP14 = 0xee // Adobe: the colour model
)

// isFrameHeader reports whether a marker begins a frame header. The codes of other segments lie among theirs.
func isFrameHeader(marker byte) bool {
	if marker == markerDHT || marker == markerJPG || marker == markerDAC {
		return false
	}
	return marker >= markerSOF0 && marker <= markerSOF15
}

// JPEG walks over the segments up to the frame header (ITU-T T.81, B.2.2).
func JPEG(src []byte) (Header, error) {
	h := initial()
	h.Channels = 3
	for at := 2; ; {
		marker, segment, next, err := jpegSegment(src, at)
		if err != nil {
			return h, err
		}
		at = next
		switch {
		case marker == markerAPP1 && hasPrefix(segment, "Exif\x00\x00"):
			h.Orientation = exifOrientation(segment[6:])
		case marker == markerDQT && h.Quality == 0:
			h.Quality = jpegQuality(segment)
		case marker == markerAPP14 && hasPrefix(segment, "Adobe") && len(segment) >= 12:
			h.Converts = h.Converts || segment[11] == 0 // which is RGB, of three components
		case isFrameHeader(marker):
			err := h.jpegFrame(marker, segment)
			h.Converts = h.Converts || h.convertsProfile(src)
			return h, err
		case marker == markerSOS || marker == markerEOI:
			return h, fmt.Errorf("%w: jpeg: pixels before the frame header", ErrCorrupt)
		}
	}
}

// jpegFrame reads a frame header.
func (h *Header) jpegFrame(marker byte, segment []byte) error {
	if len(segment) < 6 {
		return fmt.Errorf("%w: jpeg: short frame header", ErrCorrupt)
	}
	h.Height = int(binary.BigEndian.Uint16(segment[1:]))
	h.Width = int(binary.BigEndian.Uint16(segment[3:]))
	h.Channels = int(segment[5])
	h.Progressive = marker == markerSOF2
	h.jpegSamples(segment[6:])
	switch {
	case h.Height == 0:
		return fmt.Errorf("%w: a JPEG whose height comes after its pixels", ErrUnsupported)
	case h.Channels == 0:
		return fmt.Errorf("%w: a JPEG without components", ErrCorrupt)
	case h.Channels == 2 || h.Channels > 4:
		return fmt.Errorf("%w: a JPEG of %d components", ErrUnsupported, h.Channels)
	}
	return nil
}

// jpegSamples reads the components of a frame header, and counts their samples (ITU-T T.81, A.1.1).
func (h *Header) jpegSamples(components []byte) {
	total, maxH, maxV := 0, 1, 1
	var ids []byte
	for ; len(components) >= 3; components = components[3:] {
		across, down := int(components[1]>>4), int(components[1]&15)
		total, maxH, maxV = total+across*down, max(maxH, across), max(maxV, down)
		ids = append(ids, components[0])
	}
	if h.Samples = float64(total) / float64(maxH*maxV); h.Channels == 1 {
		h.Samples = 1 // the factors of a single component have no meaning
	}
	h.Converts = h.Converts || string(ids) == "RGB"
}

// convertsProfile reports whether the colours of a JPEG are converted by its profile.
func (h *Header) convertsProfile(src []byte) bool {
	p, ok := colour.ParseProfile(JPEGProfile(src))
	return ok && !p.IsSRGB() && p.IsGrey() == (h.Channels == 1)
}

// jpegSegment reads the next marker from some place on, and the segment that follows it. Like all decoders it passes over
// whatever is not a marker: cameras and editors leave stray bytes between segments. A segment that claims to be shorter than its
// length is empty.
func jpegSegment(src []byte, at int) (marker byte, segment []byte, next int, err error) {
	for at+1 < len(src) && (src[at] != 0xff || src[at+1] == 0 || src[at+1] == 0xff) {
		at++
	}
	if at+1 >= len(src) {
		return 0, nil, 0, ErrShort
	}
	at++
	marker = src[at]
	if marker == 0xd8 || marker == 0xd9 || marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 { // have no segment
		return marker, nil, at + 1, nil
	}
	if at+3 > len(src) {
		return 0, nil, 0, ErrShort
	}
	if next = at + 1 + max(2, int(binary.BigEndian.Uint16(src[at+1:]))); next > len(src) {
		return 0, nil, 0, ErrShort
	}
	return marker, src[at+3 : next], next, nil
}

// jpegSegments yields the markers and segments of a JPEG up to its first scan.
func jpegSegments(src []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for at := 2; ; {
			marker, segment, next, err := jpegSegment(src, at)
			if err != nil || marker == markerSOS || !yield(marker, segment) {
				return
			}
			at = next
		}
	}
}

// JPEGProfile returns the ICC profile of a JPEG, which may be spread over several segments (ICC.1, annex B.4). It
// returns nil if there is none, or if a part is missing.
func JPEGProfile(src []byte) []byte {
	const id = "ICC_PROFILE\x00"
	var parts [256][]byte
	total := 0
	for marker, segment := range jpegSegments(src) {
		if marker == markerAPP2 && hasPrefix(segment, id) && len(segment) > len(id)+2 {
			parts[segment[len(id)]], total = segment[len(id)+2:], int(segment[len(id)+1])
		}
	}
	var profile []byte
	for i := 1; i <= total; i++ {
		if parts[i] == nil {
			return nil
		}
		profile = append(profile, parts[i]...)
	}
	return profile
}
