package probe

import (
	"encoding/binary"
	"fmt"
	"image"
	"math"
)

// A HEIFPicture is what a decoder must know of the primary image of a HEIC or AVIF file, in addition to its pixels. Like
// a Header, it is what the file claims.
type HEIFPicture struct {
	Width, Height int             // of the pixels before Crop, Turns and Mirror
	Crop          image.Rectangle // the part that is displayed; empty for all of it
	Turns         int             // quarters that the part is then rotated by, counter-clockwise
	Mirror        HEIFMirror      // how it is then mirrored

	ICC    []byte // the profile of the colours; nil for none
	Matrix uint8  // how luma and chroma are made of RGB (ISO/IEC 23091-2, 8.3); 2 for unknown
	Full   bool   // whether samples use all levels, and not only those of video
	Grey   bool   // whether there is luma alone

	Alpha         uint32 // the number of the image that is the alpha of this one; 0 for none
	Premultiplied bool   // with that
}

// A HEIFMirror says which sides of an image are exchanged.
type HEIFMirror int

const (
	NotMirrored HEIFMirror = iota
	TopBottom
	LeftRight
)

// unknownMatrix is the code point of a matrix that is not specified.
const unknownMatrix = 2

// ReadHEIFPicture reads what a file says about its primary image. The errors are those of [HEIF].
func ReadHEIFPicture(src []byte) (HEIFPicture, error) {
	p := HEIFPicture{Matrix: unknownMatrix, Full: true}
	meta, err := heifMetaBox(src)
	if err != nil {
		return p, err
	}
	primary, properties, err := meta.primary()
	if err != nil {
		return p, err
	}
	var hevc, av1 []byte
	named := false
	for _, property := range properties {
		if err := p.apply(property); err != nil {
			return p, err
		}
		named = named || property.name == "colr" && len(property.data) >= 11 && string(property.data[:4]) == "nclx"
		switch property.name {
		case "hvcC":
			hevc = property.data
		case "av1C":
			av1 = property.data
		}
	}
	if hevc == nil && av1 == nil { // of a tile, or of what the image is derived from
		hevc, av1 = meta.firstProperty("hvcC"), meta.firstProperty("av1C")
	}
	// monochrome (AV1 Codec ISO Media File Format Binding, 2.3.3), and chroma_format_idc (ISO/IEC 14496-15, 8.3.3.1.2)
	p.Grey = len(av1) > 2 && av1[2]&0x10 != 0 || len(hevc) > 16 && hevc[16]&3 == 0
	if !named {
		if matrix, full, ok := hevcColours(hevc); ok {
			p.Matrix, p.Full = matrix, full
		}
	}
	p.Alpha, p.Premultiplied = meta.alphaOf(primary)
	return p, nil
}

// apply applies a property of the image. Properties are listed in the order in which they act.
func (p *HEIFPicture) apply(property box) error {
	d := property.data
	if len(d) < propertyBytes[property.name] {
		return nil
	}
	switch property.name {
	case "ispe":
		p.Width, p.Height = side(d[4:]), side(d[8:])
	case "colr":
		switch kind := string(d[:4]); {
		case kind == "nclx" && len(d) >= 11:
			p.Matrix, p.Full = d[9], d[10]&0x80 != 0
		case kind == "prof", kind == "rICC":
			p.ICC = d[4:]
		}
	case "irot":
		p.Turns = int(d[0] & 3)
	case "imir":
		if len(d) > 0 {
			p.Mirror = TopBottom + HEIFMirror(d[0]&1)
		}
	case "clap":
		return p.crop(d)
	}
	return nil
}

// crop reads a clean aperture: its sides, and the distance of its centre from that of the image, as fractions.
func (p *HEIFPicture) crop(d []byte) error {
	w, okWidth := cleanSide(d, p.Width)
	h, okHeight := cleanSide(d[8:], p.Height)
	x, okX := cleanOffset(d[16:], p.Width, w)
	y, okY := cleanOffset(d[24:], p.Height, h)
	if !okWidth || !okHeight || !okX || !okY {
		return fmt.Errorf("%w: heif: a clean aperture beyond the image", ErrCorrupt)
	}
	p.Crop = image.Rect(x, y, x+w, y+h)
	return nil
}

// cleanOffset reads where a side of a clean aperture begins, and reports whether it then ends within the whole side.
func cleanOffset(b []byte, whole, side int) (int, bool) {
	n, d := int32(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
	if d == 0 {
		return 0, false
	}
	at := math.Round(float64(n)/float64(d) + float64(whole-side)/2)
	return int(at), at >= 0 && at+float64(side) <= float64(whole)
}

// A heifMeta is the meta box of a file.
type heifMeta struct {
	boxes      map[string][]byte
	properties []box
	ipma       []byte
}

// heifMetaBox returns the meta box of a file.
func heifMetaBox(src []byte) (m heifMeta, err error) {
	var brands []byte
	for rest := src; ; {
		name, data, next, err := nextBox(rest)
		if err != nil {
			return m, err
		}
		switch name {
		case "ftyp":
			brands = data
		case "meta":
			return readHEIFMeta(data)
		case "mini": // ISO/IEC 23008-12, amendment 1: a short form of meta
			return m, fmt.Errorf("%w: heif: a file with a box mini, which few decoders read", ErrUnsupported)
		case "moov":
			if err := checkStill(brands); err != nil {
				return m, err
			}
		}
		if rest = next; len(rest) == 0 {
			return m, ErrShort
		}
	}
}

func readHEIFMeta(data []byte) (m heifMeta, err error) {
	if len(data) < 4 {
		return m, fmt.Errorf("%w: heif: short meta box", ErrCorrupt)
	}
	if m.boxes, err = boxesByName(data[4:]); err != nil {
		return m, err
	}
	parts, err := boxesByName(m.boxes["iprp"])
	if err != nil {
		return m, err
	}
	m.ipma = parts["ipma"]
	m.properties, err = innerBoxes(parts["ipco"])
	return m, err
}

// primary returns the number of the primary image, and its properties.
func (m heifMeta) primary() (item uint32, properties []box, err error) {
	if item, err = heifPrimary(m.boxes["pitm"]); err != nil {
		return 0, nil, err
	}
	properties, err = m.propertiesOf(item)
	return item, properties, err
}

func (m heifMeta) propertiesOf(item uint32) (properties []box, err error) {
	indexes, err := heifAssociated(m.ipma, item)
	if err != nil {
		return nil, err
	}
	for _, i := range indexes {
		if i >= 1 && i <= len(m.properties) {
			properties = append(properties, m.properties[i-1])
		}
	}
	return properties, nil
}

// firstProperty returns the first property of a name, of whatever image.
func (m heifMeta) firstProperty(name string) []byte {
	for _, p := range m.properties {
		if p.name == name {
			return p.data
		}
	}
	return nil
}

// mostAuxiliaries bounds the images that may be the alpha of another: each takes a look through all properties.
const mostAuxiliaries = 16

// alphaOf returns the image that is the alpha of another, or 0, and whether that is premultiplied with it.
func (m heifMeta) alphaOf(primary uint32) (alpha uint32, premultiplied bool) {
	iref := m.boxes["iref"]
	if len(iref) < 4 {
		return 0, false
	}
	idBytes := 2
	if iref[0] > 0 {
		idBytes = 4
	}
	references, err := innerBoxes(iref[4:])
	if err != nil {
		return 0, false
	}
	tried := 0
	for _, r := range references {
		if len(r.data) < 2*idBytes+2 {
			continue
		}
		from, to := bigEndian(r.data[:idBytes]), bigEndian(r.data[idBytes+2:][:idBytes])
		switch {
		case r.name == "prem" && from == primary:
			premultiplied = true
		case r.name == "auxl" && to == primary && alpha == 0 && tried < mostAuxiliaries:
			tried++
			if properties, err := m.propertiesOf(from); err == nil && hasAlpha(properties) {
				alpha = from
			}
		}
	}
	return alpha, premultiplied
}

// WithHEIFPrimary returns a copy of a file whose primary image is another item of it.
func WithHEIFPrimary(src []byte, item uint32) ([]byte, error) {
	out := append([]byte(nil), src...)
	meta, err := heifMetaBox(out)
	if err != nil {
		return nil, err
	}
	switch pitm := meta.boxes["pitm"]; {
	case len(pitm) >= 6 && pitm[0] == 0 && item <= math.MaxUint16:
		binary.BigEndian.PutUint16(pitm[4:], uint16(item))
	case len(pitm) >= 8 && pitm[0] != 0:
		binary.BigEndian.PutUint32(pitm[4:], item)
	default:
		return nil, fmt.Errorf("%w: heif: no primary image", ErrUnsupported)
	}
	return out, nil
}

// ClaimHEVCChroma changes the configurations of HEVC in a file, in place, so that those with chroma claim 4:4:4 if samples have
// 8 bits, and all others 4:2:0, whatever the streams have. libheif fails to decode grey as grey if the file names its matrix,
// or if samples have more than 8 bits; in the last case, the file then does not say how many channels there are either.
func ClaimHEVCChroma(file []byte) error {
	const chroma, lumaDepth, chromaDepth = 16, 17, 18 // ISO/IEC 14496-15, 8.3.3.1.2
	const chromaMask, grey, c420, c444, depthMask = 3, 0, 1, 3, 7
	meta, err := heifMetaBox(file)
	if err != nil {
		return err
	}
	for _, p := range meta.properties {
		d := p.data
		if p.name != "hvcC" || len(d) <= chromaDepth {
			continue
		}
		isDeep := (d[lumaDepth]|d[chromaDepth])&depthMask != 0
		switch {
		case d[chroma]&chromaMask == grey:
			d[chroma] = d[chroma]&^chromaMask | c420
			if isDeep {
				meta.claimNoChannels()
			}
		case isDeep:
			d[chroma] = d[chroma]&^chromaMask | c420
		default:
			d[chroma] |= c444
		}
	}
	return nil
}

// claimNoChannels empties the lists of the channels' bits (ISO/IEC 23008-12, 6.5.6), in place.
func (m heifMeta) claimNoChannels() {
	const channels = 4
	for _, p := range m.properties {
		if p.name == "pixi" && len(p.data) > channels {
			p.data[channels] = 0
		}
	}
}

// Displayed returns the size of the image after Crop and Turns.
func (p HEIFPicture) Displayed() (width, height int) {
	width, height = p.Width, p.Height
	if !p.Crop.Empty() {
		width, height = p.Crop.Dx(), p.Crop.Dy()
	}
	if p.Turns%2 == 1 {
		return height, width
	}
	return width, height
}
