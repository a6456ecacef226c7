package probe

import (
	"encoding/binary"
	"sort"
)

// lumaSteps is the sum of the steps of the standard quantisation table of luma (T.81, K.1), for a quality of libjpeg, which
// scales the table, and bounds its steps to those of a baseline file (jpeg_quality_scaling).
func lumaSteps(quality int) (sum int) {
	scale := 200 - 2*quality // per cent
	if quality < 50 {
		scale = 5000 / quality
	}
	for _, step := range standardLuma {
		sum += min(max((int(step)*scale+50)/100, 1), 255)
	}
	return sum
}

// jpegQuality returns the quality at which libjpeg's steps of luma are as fine as those of a DQT segment, on average. Tables
// of other encoders have other shapes; their mean tells how coarse they are, too. It returns 0 for a segment without table
// 0, which is that of luma.
func jpegQuality(segment []byte) int {
	for len(segment) > 0 {
		width := 1 + int(segment[0]>>4) // bytes of a step
		if len(segment) < 1+64*width {
			return 0
		}
		if number := segment[0] & 15; number == 0 {
			return qualityOf(stepsOf(segment[1:1+64*width], width))
		}
		segment = segment[1+64*width:]
	}
	return 0
}

// stepsOf returns the sum of a table of steps of one or two bytes.
func stepsOf(table []byte, width int) (sum int) {
	for ; len(table) >= width; table = table[width:] {
		if width == 1 {
			sum += int(table[0])
		} else {
			sum += int(binary.BigEndian.Uint16(table))
		}
	}
	return sum
}

// qualityOf returns the least quality whose steps are no coarser than some together.
func qualityOf(steps int) int {
	return 1 + sort.Search(99, func(i int) bool { return lumaSteps(i+1) <= steps })
}

var standardLuma = [64]uint8{
	16, 11, 10, 16, 24, 40, 51, 61,
	12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56,
	14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77,
	24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101,
	72, 92, 95, 98, 112, 100, 103, 99,
}
