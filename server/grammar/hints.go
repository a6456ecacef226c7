package grammar

import (
	"math"
	"slices"
	"strconv"
)

// Hints are what a browser says of its screen by client hints (wicg.github.io/responsive-image-client-hints), as far as images
// depend on it. The zero value is that of a browser that says nothing.
type Hints struct {
	width    int // pixels, on the ladder; 0 for none
	dpr      int // 1…3; 0 for none
	saveData bool
}

// AcceptHints is the value of Accept-CH with which a page asks browsers for hints. Save-Data is sent without.
const AcceptHints = "Sec-CH-DPR, Sec-CH-Width, Sec-CH-Viewport-Width"

const (
	hintsOfWidth = AcceptHints + ", Save-Data"
	hintsOfDPR   = "Sec-CH-DPR, Save-Data"

	// unknownWidth is the width of an image whose browser does not say how wide it shows it.
	unknownWidth = 1080
)

// Hints returns the hints of a request by its headers. Strangers write them, so they are reduced to few values, also for signed URLs.
func (g *Grammar) Hints(header func(name string) string) Hints {
	if !g.ClientHints {
		return Hints{}
	}
	number := func(name string, most float64) float64 {
		x, err := strconv.ParseFloat(header(name), 64)
		if err != nil || !(x > 0 && x <= most) {
			return 0
		}
		return x
	}
	h := Hints{saveData: header("Save-Data") == "on"}
	dpr := number("Sec-CH-DPR", 100)
	width := number("Sec-CH-Width", 1<<16)
	if width == 0 {
		width = number("Sec-CH-Viewport-Width", 1<<16) * max(dpr, 1)
	}
	if h.saveData && dpr > 1 {
		width, dpr = width/dpr, 1
	}
	if width > 0 {
		h.width = g.Ladder.up(int(math.Ceil(width)))
	}
	h.dpr = int(min(math.Ceil(dpr), 3))
	return h
}

// applyHints replaces auto in w and dpr by what the hints say, and returns the headers that the answer depends on, "" if on none. A
// width is in pixels of the screen already. A client that wants to save data gets the lowest quality of the ladder, unless the URL has one.
func (g *Grammar) applyHints(vs *values, hints Hints) (vary string, err error) {
	switch {
	case !g.ClientHints || vs[pWidth] != "auto" && vs[pDPR] != "auto":
		return "", nil
	case vs[pWidth] == "auto" && vs[pDPR] != "" && vs[pDPR] != "auto":
		return "", &ParamError{pDPR.String(), vs[pDPR], "nothing but auto beside w=auto"}
	case vs[pWidth] == "auto":
		width := hints.width
		if width == 0 {
			width = g.Ladder.up(unknownWidth)
		}
		vs[pWidth], vs[pDPR], vary = strconv.Itoa(width), "", hintsOfWidth
	default:
		vs[pDPR], vary = strconv.Itoa(max(hints.dpr, 1)), hintsOfDPR
	}
	if hints.saveData && vs[pQuality] == "" && vs[pPreset] == "" {
		vs[pQuality] = strconv.Itoa(slices.Min(g.Ladder.Qualities))
	}
	return vary, nil
}
