// Package strip takes the metadata out of image files without decoding them: what is left has the same pixels, and holds
// nothing of where, when and by whom they were made.
//
//	JPEG   drops comments and all application segments but JFIF's, Adobe's and, if it is kept, the ICC profile's
//	PNG    drops all chunks but those of pixels, palette and transparency and, if it is kept, the ICC profile's
//	GIF    drops comments and all application extensions but the loop's
//	WebP   drops all chunks but those of pixels, transparency and frames and, if it is kept, the ICC profile's
//
// Only files that every reader takes for the same image are stripped: a JPEG of the baseline or the progressive process in
// grey, YCbCr or RGB, and files without stray bytes, wrong checksums or missing ends. Others are refused. That the
// pixels themselves are whole is for the caller to find out, by decoding them.
package strip

import "encoding/binary"

// A File is a stripped file: parts of the original, which it shares.
type File [][]byte

// Len returns the length of the file in bytes.
func (f File) Len() (n int) {
	for _, part := range f {
		n += len(part)
	}
	return n
}

// Bytes returns a copy of the file.
func (f File) Bytes() []byte {
	all := make([]byte, 0, f.Len())
	for _, part := range f {
		all = append(all, part...)
	}
	return all
}

// be16 and le16 read numbers of 16 bits.
func be16(b []byte) int { return int(binary.BigEndian.Uint16(b)) }
func le16(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }
