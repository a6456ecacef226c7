package jpeg

import (
	"bytes"
	"encoding/binary"
)

// Markers (T.81, table B.1), without the 0xff before them.
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2 // frames: baseline, extended sequential, progressive
	mDHT                = 0xc4
	mRST0, mRST7        = 0xd0, 0xd7
	mSOI, mEOI, mSOS    = 0xd8, 0xd9, 0xda
	mDQT, mDRI          = 0xdb, 0xdd
	mAPP0, mAPP2        = 0xe0, 0xe2 // of JFIF; of an ICC profile
	mAPP14, mAPP15      = 0xee, 0xef // the first is Adobe's
	mCOM                = 0xfe
	mTEM                = 0x01
)

func isRestart(marker byte) bool { return marker >= mRST0 && marker <= mRST7 }

// segments iterates over the marker segments of a file (T.81, B.1.1.4).
type segments struct {
	src []byte
	at  int // index in src
}

// next returns the next marker and the parameters of its segment, which are nil for SOI and EOI. As other decoders do,
// it skips whatever is not a marker, fill bytes, and restart markers that come after their scan. At the end of src it
// returns mEOI with errEarly; a segment that src ends in is errEarly too.
func (s *segments) next() (marker byte, segment []byte, err error) {
	for {
		if s.at = nextMarker(s.src, s.at); s.at == len(s.src) {
			return mEOI, nil, errEarly
		}
		marker = s.src[s.at+1]
		s.at += 2
		if isRestart(marker) || marker == mTEM {
			continue
		}
		if marker == mEOI || marker == mSOI {
			return marker, nil, nil
		}
		break
	}
	rest := s.src[s.at:]
	if len(rest) < 2 {
		return 0, nil, errEarly
	}
	n := max(2, int(binary.BigEndian.Uint16(rest))) // less is taken for an empty segment by other decoders too
	if n > len(rest) {
		return 0, nil, errEarly
	}
	s.at += n
	return marker, rest[2:n], nil
}

// nextMarker returns the index of the next marker in src, from at on, or len(src) if there is none. It passes over
// stuffed zero bytes (T.81, B.1.1.5) and fill bytes (B.1.1.2).
func nextMarker(src []byte, at int) int {
	for {
		i := bytes.IndexByte(src[at:], 0xff)
		if i < 0 || at+i+1 >= len(src) {
			return len(src)
		}
		at += i
		switch m := src[at+1]; {
		case m == 0:
			at += 2
		case m == 0xff:
			at++
		default:
			return at
		}
	}
}
