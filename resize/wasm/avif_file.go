//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"encoding/binary"
	"errors"
	"image"
)

// An av1Image is an image as AV1 encodes it.
type av1Image struct {
	config []byte // the data of an av1C box: what a decoder must be able to do
	stream []byte
	isGrey bool
}

// An avifFile is what an AVIF holds (AV1 Image File Format 1.1; ISO/IEC 23008-12). libavif writes such files too, but
// neither profiles, nor alpha that is not premultiplied, can be asked of the module.
type avifFile struct {
	size    image.Point
	colours av1Image
	alpha   *av1Image // nil if the image is opaque
	icc     []byte    // nil for sRGB
}

// Items of the file.
const (
	coloursItem = 1
	alphaItem   = 2
)

// bytes returns the file: boxes that describe the items, and then the items.
func (f avifFile) bytes() []byte {
	items := []av1Image{f.colours}
	if f.alpha != nil {
		items = append(items, *f.alpha)
	}
	ftyp := box("ftyp", []byte("avif\x00\x00\x00\x00avifmif1miaf"))
	head := len(ftyp) + len(f.meta(items, 0)) + 8 // bytes before the first item, which depend on no offset
	file := append(ftyp, f.meta(items, head)...)
	var streams []byte
	for _, item := range items {
		streams = append(streams, item.stream...)
	}
	return append(file, box("mdat", streams)...)
}

// meta returns the box that describes the items, the first of which begins at an offset.
func (f avifFile) meta(items []av1Image, offset int) []byte {
	var infos, locations [][]byte
	for i, item := range items {
		id := byte(i + coloursItem)
		infos = append(infos, fullBox("infe", 2, 0, []byte{0, id, 0, 0}, []byte("av01"), []byte{0}))
		locations = append(locations, []byte{0, id, 0, 0, 0, 1}, number(offset), number(len(item.stream)))
		offset += len(item.stream)
	}
	n := []byte{0, byte(len(items))}
	boxes := [][]byte{
		fullBox("hdlr", 0, 0, make([]byte, 4), []byte("pict"), make([]byte, 13)),
		fullBox("pitm", 0, 0, []byte{0, coloursItem}),
		fullBox("iloc", 0, 0, append([][]byte{{0x44, 0}, n}, locations...)...), // offsets and lengths of 4 bytes
		fullBox("iinf", 0, 0, append([][]byte{n}, infos...)...),
	}
	if f.alpha != nil {
		boxes = append(boxes, fullBox("iref", 0, 0, box("auxl", []byte{0, alphaItem, 0, 1, 0, coloursItem})))
	}
	return fullBox("meta", 0, 0, append(boxes, f.properties())...)
}

// properties returns the box of the properties of both images, and of which has which.
func (f avifFile) properties() []byte {
	const essential = 0x80
	var all [][]byte
	has := func(flag byte, property []byte) byte {
		all = append(all, property)
		return flag | byte(len(all))
	}
	size := has(0, fullBox("ispe", 0, 0, number(f.size.X), number(f.size.Y)))
	ofColours := []byte{size, has(0, pixi(f.colours)), has(essential, box("av1C", f.colours.config)), has(0, f.codePoints())}
	if len(f.icc) > 0 {
		ofColours = append(ofColours, has(0, box("colr", []byte("prof"), f.icc)))
	}
	associations := [][]byte{{0, coloursItem, byte(len(ofColours))}, ofColours}
	n := 1
	if f.alpha != nil {
		const urn = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\x00"
		ofAlpha := []byte{size, has(0, pixi(*f.alpha)), has(essential, box("av1C", f.alpha.config)),
			has(0, fullBox("auxC", 0, 0, []byte(urn)))}
		associations = append(associations, []byte{0, alphaItem, byte(len(ofAlpha))}, ofAlpha)
		n = 2
	}
	ipma := fullBox("ipma", 0, 0, append([][]byte{number(n)}, associations...)...)
	return box("iprp", box("ipco", all...), ipma)
}

// pixi returns the property that says how many bits each channel has.
func pixi(m av1Image) []byte {
	if m.isGrey {
		return fullBox("pixi", 0, 0, []byte{1, 8})
	}
	return fullBox("pixi", 0, 0, []byte{3, 8, 8, 8})
}

// codePoints returns the property that says what the samples mean (ISO/IEC 23091-2): primaries and transfer are those of
// sRGB, or those of the profile; the matrix is that of BT.601; and all levels are used.
func (f avifFile) codePoints() []byte {
	const unspecified, bt709, sRGB, bt601, full = 2, 1, 13, 6, 0x80
	if len(f.icc) > 0 {
		return box("colr", []byte("nclx"), []byte{0, unspecified, 0, unspecified, 0, bt601, full})
	}
	return box("colr", []byte("nclx"), []byte{0, bt709, 0, sRGB, 0, bt601, full})
}

// box returns a box of an ISO base media file (ISO/IEC 14496-12, 4.2).
func box(name string, parts ...[]byte) []byte {
	b := append(make([]byte, 4), name...)
	for _, part := range parts {
		b = append(b, part...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// fullBox returns a box that begins with a version and flags.
func fullBox(name string, version, flags byte, parts ...[]byte) []byte {
	return box(name, append([][]byte{{version, 0, 0, flags}}, parts...)...)
}

func number(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

var errNoImage = errors.New("avif: the module has written no image")

// readAV1 returns a copy of the image in a file of the module, which has a single item.
func readAV1(file []byte) (m av1Image, err error) {
	properties, err := inside(file, "meta", "iprp", "ipco")
	if err != nil {
		return m, err
	}
	config, err := inside(properties, "av1C")
	if err != nil {
		return m, err
	}
	stream, err := inside(file, "mdat")
	if err != nil {
		return m, err
	}
	const flags, monochrome = 2, 0x10
	if len(config) <= flags || len(stream) == 0 {
		return m, errNoImage
	}
	m.config, m.stream = append(m.config, config...), append(m.stream, stream...)
	m.isGrey = config[flags]&monochrome != 0
	return m, nil
}

// inside returns the data of the box at a path, of boxes of fewer than 4 GiB.
func inside(b []byte, path ...string) ([]byte, error) {
	for len(b) >= 8 {
		n := binary.BigEndian.Uint32(b)
		if n < 8 || int64(n) > int64(len(b)) {
			break
		}
		if data := b[8:n]; string(b[4:8]) == path[0] {
			if len(path) == 1 {
				return data, nil
			}
			if path[0] == "meta" { // which has a version and flags
				data = data[min(4, len(data)):]
			}
			return inside(data, path[1:]...)
		}
		b = b[n:]
	}
	return nil, errNoImage
}
