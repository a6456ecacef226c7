package probe

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/imgorigin/imgorigin/resize/colour"
)

// HEIF reads what an ISO base media file says about its primary image: HEIC and AVIF (ISO/IEC 23008-12, 6 and 9, and
// ISO/IEC 14496-12, 8.11). Rotating and cropping are properties of the image there, which its decoders apply; so the
// size is the displayed one, and the orientation is 1 whatever EXIF says.
func HEIF(src []byte) (Header, error) {
	h := initial()
	h.Channels = 3
	meta, err := heifMetaBox(src)
	if err != nil {
		return h, err
	}
	if n := heifFrames(src); n > 1 {
		h.Frames, h.Animates, h.Counted = n, true, true
	}
	err = h.readHEIF(meta)
	return h, err
}

// readHEIF reads a meta box.
func (h *Header) readHEIF(meta heifMeta) error {
	_, properties, err := meta.primary()
	if err != nil {
		return err
	}
	if hasAlpha(meta.properties) {
		h.Channels = 4
	}
	for _, property := range properties {
		if err := h.heifProperty(property); err != nil {
			return err
		}
	}
	// A small crop of a large image is refused: what is decoded must be within the limits too.
	h.Whole = largestImage(meta.properties)
	if seen := Pixels(h.Width, h.Height); seen > 0 && h.Whole/4 > max(seen, 1<<20) {
		return fmt.Errorf("%w: heif: a small part of a large image", ErrUnsupported)
	}
	return nil
}

// longestAuxiliary is more than the names of alpha take.
const longestAuxiliary = 128

// hasAlpha reports whether one of the images of a file is the alpha of another, by the names that MPEG gives to such.
func hasAlpha(properties []box) bool {
	for _, p := range properties {
		if p.name != "auxC" {
			continue
		}
		kind := string(p.data[:min(len(p.data), longestAuxiliary)])
		if strings.Contains(kind, "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha") ||
			strings.Contains(kind, "urn:mpeg:hevc:2015:auxid:1\x00") {
			return true
		}
	}
	return false
}

// largestImage returns the pixels of the largest image in a file, which may be a part of the primary image or belong to
// it.
func largestImage(properties []box) (pixels int64) {
	for _, p := range properties {
		if p.name == "ispe" && len(p.data) >= 12 {
			pixels = max(pixels, Pixels(side(p.data[4:]), side(p.data[8:])))
		}
	}
	return pixels
}

// propertyBytes are the least bytes of the properties that are read. Shorter boxes count for nothing.
var propertyBytes = map[string]int{"ispe": 12, "pixi": 6, "colr": 8, "irot": 1, "clap": 32}

// heifProperty applies a property of the primary image to h. Properties are listed in the order in which they act.
func (h *Header) heifProperty(p box) error {
	d := p.data
	if len(d) < propertyBytes[p.name] {
		return nil
	}
	switch p.name {
	case "ispe": // the size
		h.Width, h.Height = side(d[4:]), side(d[8:])
	case "pixi": // the depth of the first channel
		if d[5] > 8 {
			h.Depth = 16
		}
	case "colr":
		if string(d[:4]) == "nclx" {
			h.Colours = colour.NewCodePoints(d[5], d[7]) // the lower bytes of numbers of 16 bits
		}
	case "irot": // a rotation by quarters
		if d[0]&1 == 1 {
			h.Width, h.Height = h.Height, h.Width
		}
	case "clap":
		return h.cleanAperture(d)
	}
	return nil
}

// cleanAperture crops to the clean aperture, whose sides are fractions.
func (h *Header) cleanAperture(d []byte) error {
	width, okWidth := cleanSide(d, h.Width)
	height, okHeight := cleanSide(d[8:], h.Height)
	if !okWidth || !okHeight {
		return fmt.Errorf("%w: heif: a clean aperture beyond the image", ErrCorrupt)
	}
	h.Width, h.Height = width, height
	return nil
}

// cleanSide reads a side of a clean aperture, and reports whether it lies within the side of the whole image.
func cleanSide(b []byte, whole int) (int, bool) {
	n, d := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if d == 0 {
		return 0, false
	}
	side := math.Round(float64(n) / float64(d))
	return int(min(side, math.MaxInt32)), side >= 1 && side <= float64(whole)
}

// heifPrimary returns the number of the primary item.
func heifPrimary(pitm []byte) (uint32, error) {
	switch {
	case len(pitm) >= 6 && pitm[0] == 0:
		return uint32(binary.BigEndian.Uint16(pitm[4:])), nil
	case len(pitm) >= 8 && pitm[0] != 0:
		return binary.BigEndian.Uint32(pitm[4:]), nil
	}
	return 0, fmt.Errorf("%w: heif: no primary image", ErrUnsupported)
}

// heifAssociated returns the properties of an item, as indexes into the ipco box that count from 1.
func heifAssociated(ipma []byte, item uint32) ([]int, error) {
	short := fmt.Errorf("%w: heif: short ipma box", ErrCorrupt)
	if len(ipma) < 8 {
		return nil, short
	}
	idBytes, indexBytes := 2, 1
	if ipma[0] > 0 {
		idBytes = 4
	}
	if ipma[3]&1 == 1 {
		indexBytes = 2
	}
	for b := ipma[8:]; len(b) > 0; {
		if len(b) <= idBytes {
			return nil, short
		}
		id, n := bigEndian(b[:idBytes]), int(b[idBytes])
		b = b[idBytes+1:]
		if len(b) < n*indexBytes {
			return nil, short
		}
		if id == item {
			indexes := make([]int, n)
			for i := range indexes {
				essential := uint32(1) << (8*indexBytes - 1)
				indexes[i] = int(bigEndian(b[i*indexBytes:][:indexBytes]) &^ essential)
			}
			return indexes, nil
		}
		b = b[n*indexBytes:]
	}
	return nil, fmt.Errorf("%w: heif: a primary image without properties", ErrCorrupt)
}

// bigEndian reads a number of up to four bytes.
func bigEndian(b []byte) (n uint32) {
	for _, v := range b {
		n = n<<8 | uint32(v)
	}
	return n
}
