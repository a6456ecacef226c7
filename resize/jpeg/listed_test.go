package jpeg

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	stdjpeg "image/jpeg"
)

// raw writes a file whose scans are body's.
func (a arrangement) raw(body func(w *arrangementWriter)) []byte {
	a.adobe, a.quant = adobeNone, 3
	w := arrangementWriter{arrangement: a}
	w.header()
	body(&w)
	w.flush()
	w.marker(mEOI)
	return w.Bytes()
}

// blank writes a scan of one block of the first component, without coefficients.
func (w *arrangementWriter) blank() {
	w.segment(mSOS, 1, 1, 0, 0, 63, 0)
	w.put(0, 4)
	w.symbol(endOfBlock)
	w.flush()
}

// Each reason that FuzzDecode lists has a file that it is for.
func TestListedReasons(t *testing.T) {
	var (
		grey  = arrangement{w: 8, h: 8, factors: [][2]int{{1, 1}}, frame: mSOF0}
		steps = arrangement{w: 8, h: 8, factors: [][2]int{{1, 1}}, frame: mSOF2}
		large = arrangement{w: 128, h: 128, factors: [][2]int{{1, 1}}, frame: mSOF2}
		color = arrangement{w: 8, h: 8, factors: [][2]int{{1, 1}, {1, 1}, {1, 1}}, frame: mSOF0}
		blank = (*arrangementWriter).blank
		code  = append([]byte{3: 1}, make([]byte, 13)...) // of one symbol, 0, of four bits
	)
	of := func(factors ...[2]int) []byte {
		return arrangement{w: 9, h: 9, factors: factors, frame: mSOF0, quant: 3, adobe: adobeNone}.write(scenery)
	}
	tables := func(tables byte, ids ...byte) []byte { // codes that come before the frame
		src := grey.raw(blank)
		for _, id := range ids {
			src = slices.Insert(src, 2, append([]byte{0xff, mDHT, 0, 20, id}, code...)...)
		}
		src[bytes.Index(src, []byte{0xff, mSOS})+6] = tables
		return src
	}
	plain := grey.raw(blank)
	ones := grey.raw(func(w *arrangementWriter) {
		w.segment(mSOS, 1, 1, 0, 0, 63, 0)
		w.put(11, 4)
		w.put(2047, 11)
		w.symbol(10)
		w.put(1023, 10) // a byte of it has no other bits
		w.symbol(endOfBlock)
	})
	with := func(between ...byte) []byte {
		return append(bytes.Clone(plain[:len(plain)-2]), append(between, 0xff, mEOI)...)
	}

	weTakeThese := map[string][]byte{
		"luma/chroma subsampling ratio": of([2]int{3, 1}, [2]int{1, 1}, [2]int{1, 1}),
		"unknown color model":           of([2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}),
		"unexpected EOF":                plain[:len(plain)-2],
		"bad Td value":                  tables(0x20, 0x02, 0x12),
		"bad Ta value":                  tables(0x02, 0x12),
		"bad Th value":                  with(append([]byte{0xff, mDHT, 0, 20, 0x02}, code...)...),
		"Huffman table has zero length": with(append([]byte{0xff, mDHT, 0, 19, 0x01}, make([]byte, 16)...)...),
		"unknown marker":                with(0xff, 0x01, 0, 2),
		"missing 0xff00 sequence":       bytes.Replace(ones, []byte{0xff, 0}, []byte{0xff, 0xff, 0}, 1),
		"short segment length":          with(0xff, 0x01, 0, 0),

		"total sampling factors too large": arrangement{
			w: 9, h: 9, factors: [][2]int{{4, 4}, {1, 1}, {1, 1}}, frame: mSOF0, apart: true, quant: 3, adobe: adobeNone,
		}.write(scenery),
	}
	theyTakeThese := map[string][]byte{
		"a code that there isn't": grey.raw(func(w *arrangementWriter) {
			w.segment(mSOS, 1, 1, 0, 0, 63, 0)
			w.put(0, 4)
			for range 5 {
				w.symbol(0xf1)
				w.put(1, 1)
			}
		}),
		"a scan without its Huffman tables": color.raw(func(w *arrangementWriter) {
			w.segment(mSOS, 3, 1, 0, 2, 1, 3, 1, 0, 63, 0)
			w.put(0, 4)
			w.symbol(1 << 4) // ends three blocks
			w.put(1, 1)
			w.put(0, 8)
		}),
		"too many codes":              with(append([]byte{0xff, mDHT, 0, 22, 0x01, 3}, make([]byte, 18)...)...),
		"corrupt: quantisation table": with(0xff, mDQT, 0, 3, 3),
		"no scan of component":        color.raw(blank),
		"two scans of one component": grey.raw(func(w *arrangementWriter) {
			w.blank()
			w.blank()
		}),
		"more than 100 scans": steps.raw(func(w *arrangementWriter) {
			w.segment(mSOS, 1, 1, 0, 0, 0, 1)
			w.put(0, 4)
			w.flush()
			for range 100 {
				w.segment(mSOS, 1, 1, 0, 0, 0, 0x10)
				w.put(0, 1)
				w.flush()
			}
		}),
		"a refinement of nothing": steps.raw(func(w *arrangementWriter) {
			w.segment(mSOS, 1, 1, 0, 1, 63, 0x10)
			w.symbol(endOfBlock)
		}),
		"a scan without quantisation table": bytes.Replace(plain, append([]byte{0xff, mDQT, 0, 67, 0}, bytes.Repeat([]byte{3}, 64)...), nil, 1),
		"a scan of coefficients": steps.raw(func(w *arrangementWriter) {
			w.segment(mSOS, 1, 1, 0, 0, 0, 14)
			w.put(0, 4)
		}),
		"it ends early": large.raw(func(w *arrangementWriter) {
			w.segment(mSOS, 1, 1, 0, 1, 63, 0)
			w.symbol(8 << 4)
			w.put(0, 8)
		}),
		"no width":                             arrangement{h: 8, factors: [][2]int{{1, 1}}, frame: mSOF0}.raw(blank),
		"a height that comes after the pixels": arrangement{w: 8, factors: [][2]int{{1, 1}}, frame: mSOF0}.raw(blank),
	}
	for _, listed := range weTake {
		_, err := Decode(weTakeThese[listed.saying], DecodeOptions{})
		_, stdErr := stdjpeg.Decode(bytes.NewReader(weTakeThese[listed.saying]))
		if err != nil || stdErr == nil || !strings.Contains(stdErr.Error(), listed.saying) {
			t.Errorf("%s, since %s: got %v, the standard library says %v", listed.saying, listed.because, err, stdErr)
		}
	}
	for _, listed := range theyTake {
		_, err := Decode(theyTakeThese[listed.saying], DecodeOptions{})
		_, stdErr := stdjpeg.Decode(bytes.NewReader(theyTakeThese[listed.saying]))
		if stdErr != nil || err == nil || !strings.Contains(err.Error(), listed.saying) {
			t.Errorf("%s, since %s: got %v, the standard library says %v", listed.saying, listed.because, err, stdErr)
		}
	}
}
