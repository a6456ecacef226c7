package tiff

import "math"

// blocks are the strips or tiles of an image, those of the first sample first if each sample has its own.
type blocks struct {
	across, down            int
	blockWidth, blockHeight int
	offsets, counts         list
	tiles                   bool // blocks at the edges are as large as the others
}

// Bounds of blocks.
const (
	// maxBlocks bounds the time that it takes to begin blocks.
	maxBlocks = 1 << 17

	// minTile is less than tiles have, whose sides are multiples of 16.
	minTile = 8

	// maxTile bounds the memory for a row of tiles that are larger than their image.
	maxTile = 1024
)

// readBlocks finds the blocks of an image.
func (d *decoder) readBlocks(dir *directory) error {
	b := blocks{blockWidth: d.width, blockHeight: d.height, tiles: dir.list(tagTileWidth).len() > 0}
	if b.tiles {
		b.blockWidth, b.blockHeight = side(dir.value(tagTileWidth, 0)), side(dir.value(tagTileHeight, 0))
		b.offsets, b.counts = dir.list(tagTileOffsets), dir.list(tagTileCounts)
		if b.blockWidth < minTile || b.blockHeight < minTile {
			return unsupported("tiles of %d × %d pixels", b.blockWidth, b.blockHeight)
		}
		if b.blockWidth > max(maxTile, d.width+16) || b.blockHeight > max(maxTile, d.height+16) {
			return unsupported("tiles larger than the image")
		}
	} else {
		b.blockHeight = min(b.blockHeight, side(dir.value(tagRowsPerStrip, math.MaxUint32)))
		b.offsets, b.counts = dir.list(tagStripOffsets), dir.list(tagStripCounts)
		if b.blockHeight < 1 {
			return corrupt("strips of no rows")
		}
	}
	b.across, b.down = (d.width-1)/b.blockWidth+1, (d.height-1)/b.blockHeight+1
	d.blocks = b
	return d.checkBlocks()
}

func side(v uint32) int { return int(min(v, math.MaxInt32)) }

// checkBlocks checks the number of blocks, and that they do not overlap by much: a file could be read over and over.
func (d *decoder) checkBlocks() error {
	n := int64(d.across) * int64(d.down)
	if d.separate {
		n *= int64(d.samples)
	}
	if n > maxBlocks {
		return unsupported("%d strips or tiles", n)
	}
	if int64(d.offsets.len()) < n || int64(d.counts.len()) < n && !d.lacksCounts() {
		return corrupt("%d offsets and %d sizes of %d strips or tiles", d.offsets.len(), d.counts.len(), n)
	}
	var total int64
	for i := range int(n) {
		total += d.count(i)
	}
	if total > 2*int64(len(d.src)) {
		return corrupt("%d bytes of strips or tiles in a file of %d", total, len(d.src))
	}
	stored := float64(d.width) * float64(d.height) * float64(d.samples*d.bits) / 8
	if d.compression != group3 && d.compression != group4 && stored > mostExpansion*float64(total) {
		return corrupt("%d bytes can't be %d × %d pixels", total, d.width, d.height)
	}
	// Tiles are expanded whole, also where they reach beyond the image.
	expanded := stored / float64(d.width) * float64(d.across*d.blockWidth)
	if d.tiles && expanded > mostBeyond*stored+leastBeyond {
		return unsupported("tiles much wider than the image")
	}
	return nil
}

// Tiles may have mostBeyond times the bytes of the image, which small images need, and leastBeyond more.
const (
	mostBeyond  = 4
	leastBeyond = 64 << 20
)

// mostExpansion is how many bytes LZW makes of one at most, with codes of 12 bits; the others make fewer. Of a fax, a bit can
// be a row of any length.
const mostExpansion = 4096 * 8 / 12

// block returns the bytes of a block. They may end early.
func (d *decoder) block(i int) []byte {
	from := min(int64(d.offsets.at(i)), int64(len(d.src)))
	return d.src[from:min(from+d.count(i), int64(len(d.src)))]
}

// lacksCounts reports whether a file says of its strips only where they are, as old writers did.
func (b *blocks) lacksCounts() bool { return !b.tiles && b.counts.len() == 0 }

// count returns the bytes of a block. Where they are not stored, a strip reaches to the next one, or to the end of the file.
func (d *decoder) count(i int) int64 {
	if !d.lacksCounts() {
		return int64(d.counts.at(i))
	}
	from, end := int64(d.offsets.at(i)), int64(len(d.src))
	if i+1 < d.offsets.len() && int64(d.offsets.at(i+1)) > from {
		end = int64(d.offsets.at(i + 1))
	}
	return max(end-from, 0)
}
