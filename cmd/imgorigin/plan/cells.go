package plan

import (
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// A kind says what decides about the size of an image.
type kind byte

const (
	onLadder kind = iota // what was asked for, rounded up to the ladder
	exact                // what was asked for: the URL is signed, or the service trusts all
	byPreset             // a preset
	byName               // the name of a variant, which does not show what was asked for
)

// negotiated is in place of a format that the Accept header decided about, where the log does not say how.
const negotiated = "negotiated"

// A class is the variants that differ in nothing but their original.
type class struct {
	width  int
	format string // its name, auto for the format that comes closest to the original's, or [negotiated]
	shape  string // the rest of the name, such as h=320,fit=cover
}

func classOf(t resize.Transform) class {
	c := class{width: t.Width, format: string(t.Format)}
	c.shape = strings.TrimSuffix(t.String(), "."+c.format)
	if c.width > 0 {
		_, c.shape, _ = strings.Cut(c.shape, ",") // the width comes first
	} else if c.shape == "full" { // nothing is done but to encode
		c.shape = ""
	}
	return c
}

// A cell is the requests for a class that asked for it in the same way.
type cell struct {
	class  uint32
	asked  int // the width, 0 if the URL has none
	kind   kind
	preset string

	requests, whole, bytes int64 // whole counts those that were answered with all of the image, which bytes is the sum of
}

// cells are all cells and classes of a log. Those beyond a number have no shape.
type cells struct {
	list    []cell
	classes []class
	byCell  map[cellKey]uint32
	byClass map[class]uint32
	merged  bool // some have none
}

type cellKey struct {
	class  class
	asked  int
	kind   kind
	preset string
}

// maxCells bounds the cells with a shape: signed URLs can ask for any.
const maxCells = 1 << 16

func newCells() *cells {
	return &cells{byCell: make(map[cellKey]uint32), byClass: make(map[class]uint32)}
}

// at returns the index of a cell, which is new or not.
func (cs *cells) at(c class, asked int, k kind, preset string) uint32 {
	key := cellKey{c, asked, k, preset}
	if i, ok := cs.byCell[key]; ok {
		return i
	}
	if len(cs.list) >= maxCells {
		key.class.shape, key.preset, cs.merged = "", "", true
		if i, ok := cs.byCell[key]; ok {
			return i
		}
	}
	of, ok := cs.byClass[key.class]
	if !ok {
		of = uint32(len(cs.classes))
		cs.byClass[key.class] = of
		cs.classes = append(cs.classes, key.class)
	}
	i := uint32(len(cs.list))
	cs.byCell[key] = i
	cs.list = append(cs.list, cell{class: of, asked: asked, kind: k, preset: key.preset})
	return i
}
