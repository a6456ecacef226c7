package jpeg

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	stdjpeg "image/jpeg"
)

// writeScans writes a file whose scans are written by a function.
func (l layout) writeScans(scans func(w *layoutWriter)) []byte {
	l.adobe, l.quant = adobeNone, 3
	w := layoutWriter{layout: l}
	w.header()
	scans(&w)
	w.flush()
	w.marker(mEOI)
	return w.Bytes()
}

// emptyScan writes a sequential scan of the first component, of one block without coefficients.
func (w *layoutWriter) emptyScan() {
	w.segment(mSOS, 1, 1, 0, 0, 63, 0)
	w.put(0, 4)
	w.symbol(symbolEOB)
	w.flush()
}

// Layouts of the smallest files, and of a larger one.
var (
	greyLayout        = layout{w: 8, h: 8, factors: [][2]int{{1, 1}}, frame: mSOF0}
	colorLayout       = layout{w: 8, h: 8, factors: [][2]int{{1, 1}, {1, 1}, {1, 1}}, frame: mSOF0}
	progressiveLayout = layout{w: 8, h: 8, factors: [][2]int{{1, 1}}, frame: mSOF2}
	largeLayout       = layout{w: 128, h: 128, factors: [][2]int{{1, 1}}, frame: mSOF2}
)

// plain returns the smallest grey file.
func plain() []byte { return greyLayout.writeScans((*layoutWriter).emptyScan) }

// plainWith returns plain with something before its EOI marker.
func plainWith(between ...byte) []byte {
	src := plain()
	return slices.Concat(src[:len(src)-2], between, []byte{0xff, mEOI})
}

// oneSymbol has the parameters of a DHT segment behind the identifier: a symbol 0 with a code of four bits.
var oneSymbol = append([]byte{3: 1}, make([]byte, 13)...)

// withTables returns plain with Huffman tables of these identifiers and a scan that selects some.
func withTables(selected byte, ids ...byte) []byte {
	src := plain()
	for _, id := range ids {
		src = slices.Insert(src, 2, append([]byte{0xff, mDHT, 0, 20, id}, oneSymbol...)...)
	}
	src[bytes.Index(src, []byte{0xff, mSOS})+6] = selected
	return src
}

// onlyWeTakeFiles returns a file for each message in onlyWeTake.
func onlyWeTakeFiles() map[string][]byte {
	sampled := func(factors ...[2]int) []byte {
		return layout{w: 9, h: 9, factors: factors, frame: mSOF0, quant: 3, adobe: adobeNone}.write(waves)
	}
	ones := greyLayout.writeScans(func(w *layoutWriter) {
		w.segment(mSOS, 1, 1, 0, 0, 63, 0)
		w.put(11, 4)
		w.put(2047, 11)
		w.symbol(10)
		w.put(1023, 10) // has a byte of ones
		w.symbol(symbolEOB)
	})
	return map[string][]byte{
		"luma/chroma subsampling ratio": sampled([2]int{3, 1}, [2]int{1, 1}, [2]int{1, 1}),
		"unknown color model":           sampled([2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}),
		"unexpected EOF":                plain()[:len(plain())-2],
		"bad Td value":                  withTables(0x20, 0x02, 0x12),
		"bad Ta value":                  withTables(0x02, 0x12),
		"bad Th value":                  plainWith(append([]byte{0xff, mDHT, 0, 20, 0x02}, oneSymbol...)...),
		"uninitialized Huffman table":   withoutHuffmanTables(withStandardTables()),
		"Huffman table has zero length": plainWith(append([]byte{0xff, mDHT, 0, 19, 0x01}, make([]byte, 16)...)...),
		"unknown marker":                plainWith(0xff, 0x01, 0, 2),
		"missing 0xff00 sequence":       bytes.Replace(ones, []byte{0xff, 0}, []byte{0xff, 0xff, 0}, 1),
		"short segment length":          plainWith(0xff, 0x01, 0, 0),

		"total sampling factors too large": layout{
			w: 9, h: 9, factors: [][2]int{{4, 4}, {1, 1}, {1, 1}}, frame: mSOF0, nonInterleaved: true, quant: 3,
			adobe: adobeNone,
		}.write(waves),
	}
}

// onlyImageJPEGTakesFiles returns a file for each message in onlyImageJPEGTakes.
func onlyImageJPEGTakesFiles() map[string][]byte {
	return map[string][]byte{
		"an invalid Huffman code, run or value": greyLayout.writeScans(func(w *layoutWriter) {
			w.segment(mSOS, 1, 1, 0, 0, 63, 0)
			w.put(0, 4)
			for range 5 {
				w.symbol(0xf1)
				w.put(1, 1)
			}
		}),
		"a scan without its Huffman tables": colorLayout.writeScans(func(w *layoutWriter) {
			w.segment(mSOS, 3, 1, 0, 2, 1, 3, 1, 0, 63, 0)
			w.put(0, 4)
			w.symbol(1 << 4) // ends three blocks
			w.put(1, 1)
			w.put(0, 8)
		}),
		"too many codes":           plainWith(append([]byte{0xff, mDHT, 0, 22, 0x01, 3}, make([]byte, 18)...)...),
		"jpeg: quantisation table": plainWith(0xff, mDQT, 0, 3, 3),
		"no scan of component":     colorLayout.writeScans((*layoutWriter).emptyScan),
		"two scans of one component": greyLayout.writeScans(func(w *layoutWriter) {
			w.emptyScan()
			w.emptyScan()
		}),
		"more than 100 scans": progressiveLayout.writeScans(func(w *layoutWriter) {
			w.segment(mSOS, 1, 1, 0, 0, 0, 1)
			w.put(0, 4)
			w.flush()
			for range 100 {
				w.segment(mSOS, 1, 1, 0, 0, 0, 0x10)
				w.put(0, 1)
				w.flush()
			}
		}),
		"a refinement of nothing": progressiveLayout.writeScans(func(w *layoutWriter) {
			w.segment(mSOS, 1, 1, 0, 1, 63, 0x10)
			w.symbol(symbolEOB)
		}),
		"a scan without quantisation table": bytes.Replace(plain(),
			append([]byte{0xff, mDQT, 0, 67, 0}, bytes.Repeat([]byte{3}, 64)...), nil, 1),
		"a scan of coefficients": progressiveLayout.writeScans(func(w *layoutWriter) {
			w.segment(mSOS, 1, 1, 0, 0, 0, 14)
			w.put(0, 4)
		}),
		"it ends early": largeLayout.writeScans(func(w *layoutWriter) {
			w.segment(mSOS, 1, 1, 0, 1, 63, 0)
			w.symbol(8 << 4)
			w.put(0, 8)
		}),
		"no width": layout{h: 8, factors: [][2]int{{1, 1}}, frame: mSOF0}.writeScans((*layoutWriter).emptyScan),
		"a height that comes after the first scan": layout{
			w: 8, factors: [][2]int{{1, 1}}, frame: mSOF0,
		}.writeScans((*layoutWriter).emptyScan),
	}
}

// For each listed difference there is a file that shows it.
func TestListedDifferences(t *testing.T) {
	files := onlyWeTakeFiles()
	for _, listed := range onlyWeTake {
		_, err := Decode(files[listed.message], DecodeOptions{})
		_, stdErr := stdjpeg.Decode(bytes.NewReader(files[listed.message]))
		if err != nil || stdErr == nil || !strings.Contains(stdErr.Error(), listed.message) {
			t.Errorf("%s, since %s: got %v, image/jpeg %v", listed.message, listed.reason, err, stdErr)
		}
	}
	files = onlyImageJPEGTakesFiles()
	for _, listed := range onlyImageJPEGTakes {
		_, err := Decode(files[listed.message], DecodeOptions{})
		_, stdErr := stdjpeg.Decode(bytes.NewReader(files[listed.message]))
		if stdErr != nil || err == nil || !strings.Contains(err.Error(), listed.message) {
			t.Errorf("%s, since %s: got %v, image/jpeg %v", listed.message, listed.reason, err, stdErr)
		}
	}
}
