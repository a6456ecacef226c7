package resize

import "image"

// A pyramid is a raster and its halvings, each made when it is first needed.
type pyramid struct {
	levels      []*raster
	orientation int

	header Header // of the original, and its length
	bytes  int

	profile *profile    // to convert from; nil where colours are sRGB
	inks    *inkProfile // the same for CMYK; nil where inks are taken to be perfect
	carried []byte      // ICC profile that can't be converted from, and goes along with the variant

	last rendering // which the same size in another format wants too
}

// A rendering is the pixels of a variant. Nobody writes to it.
type rendering struct {
	plan   Plan
	chroma int
	raster *raster
}

// margin is how many times larger than the result the level is that it is resampled from, at least. Below it the
// averaging of the halvings is seen as softness.
const margin = 2

// level returns the smallest level that still keeps the margin when its samples are reduced by ratio.
func (p *pyramid) level(ratio float64) *raster {
	ratio /= p.levels[0].planes[0].stepX // a JPEG may have been decoded smaller
	n := 0
	for ratio >= 2*margin {
		ratio /= 2
		n++
	}
	for len(p.levels) <= n {
		last := p.levels[len(p.levels)-1]
		half := *last
		half.planes = make([]plane, len(last.planes))
		for i, one := range last.planes {
			half.planes[i] = halve(one)
		}
		p.levels = append(p.levels, &half)
	}
	return p.levels[n]
}

// displayed returns the picture's size, orientation applied.
func (p *pyramid) displayed() (w, h int) {
	whole := p.levels[0]
	if p.orientation >= 5 {
		return whole.h, whole.w
	}
	return whole.w, whole.h
}

// render returns the part of the picture that plan takes, upright, at the size that plan says. Its chroma planes
// have one sample for chroma × chroma pixels. It is shared with whoever asks for the same next.
func (p *pyramid) render(plan Plan, chroma int) *raster {
	if p.last.raster == nil || p.last.plan != plan || p.last.chroma != chroma {
		p.last.raster = nil // before there is another
		p.last = rendering{plan, chroma, p.resampled(plan, chroma)}
	}
	return p.last.raster
}

func (p *pyramid) resampled(plan Plan, chroma int) *raster {
	ratioX := float64(plan.Crop.Dx()) / float64(plan.Size.X)
	ratioY := float64(plan.Crop.Dy()) / float64(plan.Size.Y)
	from := p.level(min(ratioX, ratioY))
	out := *from
	out.w, out.h, out.x, out.y = plan.Size.X, plan.Size.Y, 0, 0
	out.planes = make([]plane, len(from.planes))
	fs := make(filters)
	for i, one := range from.planes {
		every := 1
		if from.space == ycc && (i == 1 || i == 2) {
			every = chroma
		}
		x := grid{n: (plan.Size.X + every - 1) / every, start: float64(plan.Crop.Min.X), step: ratioX * float64(every)}
		y := grid{n: (plan.Size.Y + every - 1) / every, start: float64(plan.Crop.Min.Y), step: ratioY * float64(every)}
		out.planes[i] = p.oriented(one, x, y, fs)
	}
	if out.limited {
		out.toFullRange()
	}
	return &out
}

// oriented resamples one plane. The grids speak of the upright picture; here they are turned to how it is
// stored, so that turning and mirroring cost nothing.
func (p *pyramid) oriented(one plane, x, y grid, fs filters) plane {
	o, whole := p.orientation, p.levels[0]
	swap := o >= 5
	if swap {
		x, y = y, x
	}
	if o == 2 || o == 3 || o == 7 || o == 8 {
		x = x.mirrored(float64(whole.w))
	}
	if o == 3 || o == 4 || o == 6 || o == 7 {
		y = y.mirrored(float64(whole.h))
	}
	x.start -= float64(whole.x)
	y.start -= float64(whole.y)
	return resample(one, fs.get(x.inSamples(one.stepX), one.w), fs.get(y.inSamples(one.stepY), one.h), swap)
}

func (g grid) mirrored(length float64) grid {
	return grid{g.n, length - g.start, -g.step}
}

// inSamples turns pixels of the picture into samples that cover several of them.
func (g grid) inSamples(pixels float64) grid {
	return grid{g.n, g.start / pixels, g.step / pixels}
}

// nrgba returns a small raster as an image without premultiplication, chroma planes of the picture's size.
func (r *raster) nrgba() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
	for y := range r.h {
		row := m.Pix[y*m.Stride : y*m.Stride+4*r.w]
		switch r.space {
		case grey:
			fillGrey(row, r.planes[0].row(y))
		case ycc:
			fillYCC(row, r.planes[0].row(y), r.planes[1].row(y), r.planes[2].row(y))
		case rgb:
			fillRGB(row, r.planes[0].row(y), r.planes[1].row(y), r.planes[2].row(y))
		case cmyk:
			fillRGB(row, r.planes[0].row(y), r.planes[1].row(y), r.planes[2].row(y))
			shade(row, r.planes[3].row(y), r.inverted, r.inverted)
		case ycck:
			fillYCC(row, r.planes[0].row(y), r.planes[1].row(y), r.planes[2].row(y))
			shade(row, r.planes[3].row(y), false, true)
		}
		if r.alpha {
			unpremultiply(row, r.planes[len(r.planes)-1].row(y))
		}
	}
	return m
}

func fillGrey(row, g []uint8) {
	for x, v := range g {
		p := row[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = v, v, v, 255
	}
}

func fillRGB(row, r, g, b []uint8) {
	for x := range r {
		p := row[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = r[x], g[x], b[x], 255
	}
}

// fillYCC converts by the formula of JFIF, in fixed point.
func fillYCC(row, luma, cb, cr []uint8) {
	for x := range luma {
		y := int32(luma[x])<<16 + 1<<15
		b, r := int32(cb[x])-128, int32(cr[x])-128
		p := row[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = clamp8((y+91881*r)>>16), clamp8((y-22554*b-46802*r)>>16), clamp8((y+116130*b)>>16), 255
	}
}

// shade turns inks, or the light that they leave, and black, or the light that it leaves, into colours, as if inks were
// perfect: there is no telling which ones were meant without a profile.
func shade(row, black []uint8, light, blackLight bool) {
	flip := map[bool]uint8{false: 255}
	ink, k := flip[light], flip[blackLight]
	for x, v := range black {
		p := row[4*x : 4*x+4 : 4*x+4]
		left := uint32(v ^ k)
		for i := range 3 {
			p[i] = uint8((uint32(p[i]^ink)*left + 127) / 255)
		}
	}
}

func unpremultiply(row, alpha []uint8) {
	for x, a := range alpha {
		p := row[4*x : 4*x+4 : 4*x+4]
		p[3] = a
		if a == 0 || a == 255 {
			continue
		}
		for i := range 3 {
			p[i] = uint8(min((int32(p[i])*255+int32(a)/2)/int32(a), 255)) // Lanczos may overshoot alpha
		}
	}
}

func clamp8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// toFullRange stretches video levels, 16…235 and 16…240, to 0…255.
func (r *raster) toFullRange() {
	luma, chroma := levels(16, 219, 0), levels(128, 224, 128)
	for i, table := range []*[256]uint8{luma, chroma, chroma} {
		from := r.planes[i]
		to := newPlane(from.w, from.h) // the old one may be the original's
		for y := range from.h {
			out := to.row(y)
			for x, v := range from.row(y) {
				out[x] = table[v]
			}
		}
		r.planes[i] = to
	}
	r.limited = false
}

// levels returns a table that moves level zero to another and stretches span to 255.
func levels(zero, span, to int) *[256]uint8 {
	var table [256]uint8
	for v := range table {
		table[v] = clamp8(int32(floorDiv(2*255*(v-zero)+span, 2*span) + to))
	}
	return &table
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}
