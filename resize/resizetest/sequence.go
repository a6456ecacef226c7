package resizetest

import (
	"bytes"
	"encoding/binary"
)

// Sequence returns a HEIC or AVIF of one image with a sequence of frames beside it: a track whose frames are all those of the
// image's data, but which claims w × h pixels. The major brand of the file becomes that of a sequence, such as "avis", and of HEIC "hevc"
// or "msf1"; it takes the place of "miaf" among the others too, as encoders write it.
func Sequence(file []byte, brand string, frames, w, h int) []byte {
	file = bytes.Clone(file)
	copy(file[8:12], brand)
	ftyp := file[:binary.BigEndian.Uint32(file)]
	copy(ftyp, bytes.Replace(ftyp, []byte("miaf"), []byte(brand), 1))
	at := bytes.Index(file, []byte("mdat"))
	length := binary.BigEndian.Uint32(file[at-4:]) - 8
	box := func(name string, parts ...[]byte) []byte {
		data := bytes.Join(parts, nil)
		return append(append(numbers(uint32(len(data)+8)), name...), data...)
	}
	entry := make([]byte, 78) // of pictures
	entry[7] = 1
	binary.BigEndian.PutUint16(entry[24:], uint16(w))
	binary.BigEndian.PutUint16(entry[26:], uint16(h))
	codec, configuration := "av01", "av1C"
	if brand != "avis" {
		codec, configuration = "hvc1", "hvcC"
	}
	c := bytes.Index(file, []byte(configuration))
	entry = append(entry, file[c-4:][:binary.BigEndian.Uint32(file[c-4:])]...)

	chunks := numbers(0, uint32(frames))
	for range frames {
		chunks = append(chunks, numbers(uint32(at+4))...)
	}
	header := make([]byte, 84)
	binary.BigEndian.PutUint32(header[12:], 1) // the track
	binary.BigEndian.PutUint32(header[76:], uint32(w)<<16)
	binary.BigEndian.PutUint32(header[80:], uint32(h)<<16)
	n := uint32(frames)
	samples := box("stbl",
		box("stsd", numbers(0, 1), box(codec, entry)), box("stts", numbers(0, 1, n, 1)), box("stsc", numbers(0, 1, 1, 1, 1)),
		box("stsz", numbers(0, length, n)), box("stco", chunks))
	media := box("mdia",
		box("mdhd", numbers(0, 0, 0, 10, n, 0)), box("hdlr", numbers(0, 0), []byte("pict"), make([]byte, 13)), box("minf", samples))
	return append(file, box("moov", box("trak", box("tkhd", header), media))...)
}

func numbers(all ...uint32) (b []byte) {
	for _, n := range all {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}
