package quant

import "sort"

// Zigzag maps the index of a coefficient in a file to its place in a table (T.81, figure A.6).
var Zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// Quality returns the quality that the steps of luma of a file tell, in the order of the file: the least at which the tables of
// this package, or those of the standard if the steps are nearer to them, are no coarser together. Tables of other encoders
// have other shapes; their mean tells how coarse they are, too.
func Quality(steps *[64]int) int {
	standard, fromStandard := nearest(steps, Standard)
	own, fromOwn := nearest(steps, Of)
	if fromOwn < fromStandard {
		return own
	}
	return standard
}

// nearest returns the least quality at which tables are no coarser together than some steps, and how far they are from
// these.
func nearest(steps *[64]int, tables func(quality int) Tables) (quality, distance int) {
	most := 0
	for _, step := range steps {
		most += step
	}
	quality = 1 + sort.Search(99, func(i int) bool { return tables(i + 1)[0].sum() <= most })
	table := tables(quality)[0]
	for k, step := range steps {
		d := step - int(table[Zigzag[k]])
		distance += max(d, -d)
	}
	return quality, distance
}

func (t Table) sum() (sum int) {
	for _, step := range t {
		sum += int(step)
	}
	return sum
}
