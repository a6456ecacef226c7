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

// shapes are the tables at a scale of 1. They grow with the distance from the mean, and are much flatter than those of
// the standard: fine detail is seen where it is lost, as the metrics that follow eyes say, and smooth areas don't show bands,
// as the first steps are finer. Cb may be coarser than Cr. search_test.go of resize/jpeg tells how they were found.
var shapes = Tables{
	{
		12, 15, 24, 29, 34, 38, 43, 51, 15, 23, 26, 31, 35, 40, 47, 54,
		24, 26, 30, 33, 37, 44, 51, 59, 29, 31, 33, 38, 43, 49, 56, 64,
		34, 35, 37, 43, 50, 56, 63, 71, 38, 40, 44, 49, 56, 63, 71, 79,
		43, 47, 51, 56, 63, 71, 80, 88, 51, 54, 59, 64, 71, 79, 88, 95,
	},
	{
		17, 29, 43, 55, 64, 74, 85, 97, 29, 33, 44, 53, 64, 74, 87, 99,
		43, 44, 49, 58, 65, 78, 90, 106, 55, 53, 58, 64, 73, 84, 99, 117,
		64, 64, 65, 73, 81, 94, 111, 129, 74, 74, 78, 84, 94, 109, 125, 137,
		85, 87, 90, 99, 111, 125, 135, 146, 97, 99, 106, 117, 129, 137, 146, 157,
	},
	{
		11, 19, 28, 36, 42, 49, 56, 64, 19, 22, 29, 35, 42, 49, 57, 65,
		28, 29, 32, 38, 43, 51, 59, 70, 36, 35, 38, 42, 48, 55, 65, 77,
		42, 42, 43, 48, 53, 62, 73, 85, 49, 49, 51, 55, 62, 72, 82, 90,
		56, 57, 59, 65, 73, 82, 89, 96, 64, 65, 70, 77, 85, 90, 96, 103,
	},
}

// scales are the scales of shapes, in thousandths, at some qualities. Those between are interpolated.
var scales = []struct{ quality, scale int }{
	{1, 19000}, {6, 9400}, {10, 5100}, {15, 3050}, {20, 2200}, {30, 1430}, {40, 1050}, {50, 830}, {60, 680}, {70, 525},
	{80, 365}, {86, 265}, {90, 190}, {93, 138}, {96, 80}, {98, 46}, {99, 28}, {100, 4},
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
