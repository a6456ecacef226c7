// Package quant holds the quantisation tables of JPEG files, and what quality they stand for.
//
// A quality is 1…100 and has the meaning that libjpeg gave it, by the table that everybody copied from the standard
// (T.81, annex K). The tables of this package have other shapes, but the same quality looks as good: the mean score of
// photographs by SSIMULACRA 2 is the same, within a point. They only take fewer bytes.
package quant

import "sort"

// A Table holds the steps of the 64 frequencies, row by row.
type Table [64]uint8

// Tables are the tables of a file: of luma, Cb and Cr.
type Tables [3]Table

// luma and chroma are the tables at a scale of 1. They grow with the distance from the mean, and are much flatter than those of
// the standard: fine detail is seen where it is lost, as the metrics that follow eyes say, and smooth areas don't show bands,
// as the first steps are finer. A coarser table for Cb than for Cr takes as many bytes by SSIMULACRA 2 and butteraugli together,
// and 65 more of the file. search_test.go of resize/jpeg tells how they were found.
var (
	luma = Table{
		12, 13, 25, 27, 33, 34, 36, 39, 13, 20, 24, 28, 34, 36, 40, 43,
		25, 24, 30, 33, 34, 38, 41, 46, 27, 28, 33, 36, 38, 40, 44, 48,
		33, 34, 34, 38, 41, 45, 48, 53, 34, 36, 38, 40, 45, 48, 53, 56,
		36, 40, 41, 44, 48, 53, 56, 62, 39, 43, 46, 48, 53, 56, 62, 67,
	}
	chroma = Table{
		10, 20, 28, 35, 41, 48, 55, 64, 20, 24, 32, 37, 43, 50, 59, 68,
		28, 32, 35, 41, 46, 53, 61, 69, 35, 37, 41, 46, 52, 58, 66, 75,
		41, 43, 46, 52, 58, 65, 73, 82, 48, 50, 53, 58, 65, 74, 83, 90,
		55, 59, 61, 66, 73, 83, 93, 101, 64, 68, 69, 75, 82, 90, 101, 108,
	}
	shapes = Tables{luma, chroma, chroma}
)

// scales are the scales of shapes, in thousandths, at some qualities. Those between are interpolated.
var scales = []struct{ quality, scale int }{
	{1, 22000}, {6, 9800}, {10, 5570}, {15, 3370}, {20, 2450}, {30, 1580}, {40, 1180}, {50, 945}, {60, 805}, {70, 623},
	{80, 429}, {86, 324}, {90, 250}, {93, 187}, {96, 115}, {98, 75}, {99, 50}, {100, 4},
}

// Of returns the tables of a quality, which is clamped to 1…100.
func Of(quality int) Tables { return shapes.Scaled(scaleOf(quality)) }

// scaleOf returns the scale of a quality in thousandths.
func scaleOf(quality int) int {
	quality = min(max(quality, 1), 100)
	i := 1 + sort.Search(len(scales)-2, func(i int) bool { return scales[i+1].quality >= quality })
	a, b := scales[i-1], scales[i]
	return a.scale + (b.scale-a.scale)*(quality-a.quality)/(b.quality-a.quality)
}

// Scaled returns the tables at a scale in thousandths. Steps are 1…255, as those of a baseline file must be.
func (t Tables) Scaled(scale int) Tables {
	for i := range t {
		for k, step := range t[i] {
			t[i][k] = uint8(min(max((int(step)*scale+500)/1000, 1), 255))
		}
	}
	return t
}
