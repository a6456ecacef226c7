//go:build ignore

// Generate paints the sample images.
package main

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"log"
	"math"
	"os"
)

func main() {
	write("mountains.jpg", toJPEG(paint(2400, 1600, mountains), 82))
	write("lighthouse.jpg", withOrientation(toJPEG(paint(1600, 1200, onSide(lighthouse)), 84)))
	write("stones.jpg", toJPEG(paint(1200, 1200, stones), 80))
	var b bytes.Buffer
	check(png.Encode(&b, paint(512, 512, badge)))
	write("badge.png", b.Bytes())
	write("orbit.gif", orbit())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func write(name string, body []byte) { check(os.WriteFile(name, body, 0o644)) }

// An rgba is a colour with alpha, 0…1 each.
type rgba struct{ r, g, b, a float64 }

func mix(p, q rgba, t float64) rgba {
	t = min(max(t, 0), 1)
	return rgba{p.r + (q.r-p.r)*t, p.g + (q.g-p.g)*t, p.b + (q.b-p.b)*t, p.a + (q.a-p.a)*t}
}

func smooth(lo, hi, x float64) float64 {
	t := min(max((x-lo)/(hi-lo), 0), 1)
	return t * t * (3 - 2*t)
}

// paint calls a painter for every pixel; x and y are in units of the height of the image.
func paint(w, h int, painter func(x, y float64) rgba) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for py := range h {
		for px := range w {
			c := painter((float64(px)+0.5)/float64(h), (float64(py)+0.5)/float64(h))
			grain := (hash(px, py, 7) - 0.5) * 0.012
			level := func(v float64) uint8 { return uint8(min(max(v+grain, 0), 1)*255 + 0.5) }
			m.SetNRGBA(px, py, color.NRGBA{level(c.r), level(c.g), level(c.b), uint8(c.a*255 + 0.5)})
		}
	}
	return m
}

func hash(x, y, seed int) float64 {
	n := uint32(x)*374761393 + uint32(y)*668265263 + uint32(seed)*2246822519
	n = (n ^ n>>13) * 1274126177
	return float64(n^n>>16) / math.MaxUint32
}

// noise returns value noise, and fbm the sum of octaves of it.
func noise(x, y float64, seed int) float64 {
	ix, iy := math.Floor(x), math.Floor(y)
	fx, fy := smooth(0, 1, x-ix), smooth(0, 1, y-iy)
	at := func(dx, dy int) float64 { return hash(int(ix)+dx, int(iy)+dy, seed) }
	top := at(0, 0) + (at(1, 0)-at(0, 0))*fx
	bottom := at(0, 1) + (at(1, 1)-at(0, 1))*fx
	return top + (bottom-top)*fy
}

func fbm(x, y float64, octaves, seed int) float64 {
	sum, weight := 0.0, 0.5
	for i := range octaves {
		sum += weight * noise(x, y, seed+i)
		x, y, weight = x*2.03, y*2.03, weight/2
	}
	return sum
}

func sky(x, y, sunX, sunY float64) rgba {
	c := mix(rgba{0.16, 0.30, 0.55, 1}, rgba{0.98, 0.72, 0.48, 1}, smooth(0, 0.62, y))
	d := math.Hypot(x-sunX, y-sunY)
	c = mix(c, rgba{1, 0.86, 0.62, 1}, 0.75*math.Exp(-d*5))
	c = mix(c, rgba{1, 0.98, 0.9, 1}, smooth(0.052, 0.044, d))
	clouds := smooth(0.5, 0.8, fbm(x*2.2+3, y*9, 6, 40))
	return mix(c, rgba{1, 0.83, 0.74, 1}, 0.65*clouds*smooth(0.6, 0.2, y))
}

// mountains paints ridges that fade into haze, above a lake that mirrors them.
func mountains(x, y float64) rgba {
	const shore = 0.74
	if y > shore {
		depth := (y - shore) / (1 - shore)
		ripple := (fbm(x*18, y*150, 3, 90) - 0.45) * (0.01 + 0.06*depth)
		mirrored := land(x+ripple, 2*shore-y+ripple*2)
		return mix(mirrored, rgba{0.05, 0.12, 0.20, 1}, 0.25+0.45*depth)
	}
	return land(x, y)
}

func land(x, y float64) rgba {
	const ridges = 6
	c := sky(x, y, 1.02, 0.33)
	for i := range ridges {
		t := float64(i) / (ridges - 1)
		base := 0.40 + 0.30*t
		height := (0.30 - 0.17*t) * (fbm(x*(1.3+2*t)+float64(i)*17, 0.5, 9, i*31) - 0.42)
		edge := base - height*1.6
		if y < edge {
			continue
		}
		rock := rgba{0.17, 0.20, 0.23, 1}
		forest := rgba{0.05, 0.11, 0.09, 1}
		light := fbm(x*14+40*t, (y-edge)*22, 5, 60+i)
		body := mix(mix(rock, forest, t), rgba{0.52, 0.40, 0.34, 1}, 0.5*smooth(0.42, 0.62, light)*(1-t))
		haze := rgba{0.90, 0.68, 0.56, 1}
		c = mix(body, haze, (1-t)*0.72+0.25*smooth(0, 0.3, y-edge)*(1-t))
		c = mix(c, rgba{1, 0.9, 0.8, 1}, 0.25*smooth(0.006, 0, y-edge)*(1-t))
	}
	return c
}

// onSide returns a painter that paints a portrait, 3:4, on its side, as a camera that is held upright stores it.
func onSide(painter func(x, y float64) rgba) func(x, y float64) rgba {
	const aspect = 4.0 / 3
	return func(x, y float64) rgba { return painter((1-y)/aspect, x/aspect) }
}

// lighthouse paints a lighthouse on a rock at dusk; x is 0…0.75, y is 0…1.
func lighthouse(x, y float64) rgba {
	c := mix(rgba{0.10, 0.13, 0.30, 1}, rgba{0.96, 0.55, 0.42, 1}, smooth(0.05, 0.72, y))
	if star := hash(int(x*420), int(y*420), 5); star > 0.9985 && y < 0.4 {
		c = mix(c, rgba{1, 1, 1, 1}, 0.8*(1-y/0.4))
	}
	lampX, lampY := 0.40, 0.262
	angle := math.Atan2(y-lampY, x-lampX)
	d := math.Hypot(x-lampX, y-lampY)
	beam := math.Exp(-math.Pow((math.Abs(angle)-0.18)/0.07, 2)) + math.Exp(-math.Pow((math.Pi-math.Abs(angle)-0.1)/0.07, 2))
	c = mix(c, rgba{1, 0.93, 0.72, 1}, 0.5*beam*math.Exp(-d*2.2))
	if y > 0.70 { // the sea
		wave := fbm(x*14, y*90, 4, 9)
		c = mix(rgba{0.10, 0.17, 0.30, 1}, rgba{0.85, 0.50, 0.42, 1}, 0.55*wave*smooth(1, 0.7, y))
		c = mix(c, rgba{1, 0.9, 0.8, 1}, 0.5*smooth(0.62, 0.75, wave))
	}
	half := 0.036 + 0.030*smooth(0.28, 0.78, y)
	if y > 0.29 && y < 0.80 && math.Abs(x-lampX) < half { // the tower
		side := (x - lampX) / half
		paint := rgba{0.93, 0.90, 0.86, 1}
		if int((y-0.29)/0.0857)%2 == 1 {
			paint = rgba{0.72, 0.16, 0.15, 1}
		}
		c = mix(paint, rgba{0.12, 0.10, 0.18, 1}, 0.15+0.6*smooth(-0.6, 1, side)+0.08*fbm(x*60, y*60, 3, 3))
	}
	if y > 0.225 && y <= 0.29 && math.Abs(x-lampX) < 0.03 { // the lantern
		c = mix(rgba{1, 0.95, 0.7, 1}, rgba{0.5, 0.3, 0.15, 1}, smooth(0.004, 0.03, math.Abs(x-lampX)))
	}
	if y > 0.185 && y <= 0.225 && math.Abs(x-lampX) < 0.036*(y-0.18)/0.045 {
		c = rgba{0.20, 0.10, 0.12, 1}
	}
	if math.Abs(y-0.291) < 0.006 && math.Abs(x-lampX) < 0.05 {
		c = rgba{0.10, 0.08, 0.12, 1}
	}
	c = mix(c, rgba{1, 0.9, 0.65, 1}, 0.9*math.Exp(-d*28))
	rock := 0.80 - 0.10*smooth(0.30, 0, math.Abs(x-0.42)) - 0.07*(fbm(x*9, 1, 6, 21)-0.5)
	if y > rock {
		shade := fbm(x*26, y*26, 6, 33)
		c = mix(rgba{0.05, 0.05, 0.08, 1}, rgba{0.42, 0.33, 0.32, 1}, smooth(0.3, 0.7, shade)*smooth(0.25, 0, y-rock))
	}
	return c
}

// stones paints the cells nearest to scattered points.
func stones(x, y float64) rgba {
	const n = 17
	gx, gy := x*n, y*n
	near, second, cx, cy := 9.0, 9.0, 0, 0
	for dy := -2; dy <= 2; dy++ {
		for dx := -2; dx <= 2; dx++ {
			ix, iy := int(math.Floor(gx))+dx, int(math.Floor(gy))+dy
			px, py := float64(ix)+0.15+0.7*hash(ix, iy, 1), float64(iy)+0.15+0.7*hash(ix, iy, 2)
			d := math.Hypot(gx-px, gy-py) * (0.8 + 0.4*hash(ix, iy, 3))
			if d < near {
				near, second, cx, cy = d, near, ix, iy
			} else if d < second {
				second = d
			}
		}
	}
	gap := second - near
	tone := hash(cx, cy, 4)
	c := mix(rgba{0.42, 0.40, 0.38, 1}, rgba{0.80, 0.74, 0.64, 1}, tone)
	c = mix(c, rgba{0.62, 0.36, 0.26, 1}, 0.6*smooth(0.72, 1, hash(cx, cy, 5)))
	c = mix(c, rgba{0.30, 0.40, 0.48, 1}, 0.7*smooth(0.78, 1, hash(cx, cy, 6)))
	c = mix(c, rgba{0.15, 0.14, 0.14, 1}, 0.45*smooth(0.35, 0.75, fbm(x*90+tone*30, y*90, 4, 8)))
	light := smooth(0, 0.35, gap)
	c = mix(rgba{0.06, 0.05, 0.05, 1}, c, 0.1+0.9*light)
	return mix(c, rgba{1, 0.98, 0.92, 1}, 0.22*smooth(0.45, 0.05, math.Hypot(gx-float64(cx)-0.35, gy-float64(cy)-0.3))*light)
}

// badge paints a badge with a soft shadow, so that its alpha has all levels.
func badge(x, y float64) rgba {
	d := math.Hypot(x-0.5, y-0.48)
	angle := math.Atan2(y-0.48, x-0.5)
	edge := 0.36 + 0.018*math.Cos(16*angle)
	shadow := rgba{0.05, 0.06, 0.12, 0.45 * smooth(0.48, 0.28, math.Hypot(x-0.5, y-0.53))}
	if d > edge+0.003 {
		return shadow
	}
	c := mix(rgba{0.20, 0.56, 0.86, 1}, rgba{0.38, 0.22, 0.70, 1}, y*1.2-0.1)
	c = mix(c, rgba{1, 1, 1, 1}, 0.9*smooth(0.008, 0.003, math.Abs(d-0.30)))
	peak := max(0.62-1.1*math.Abs(x-0.42)*1.3, 0.56-1.1*math.Abs(x-0.60)*1.2) // height of the ridge at x
	if ridge := 1.0 - peak - 0.02; d < 0.28 && y > ridge {
		c = mix(rgba{0.96, 0.97, 1, 1}, rgba{0.62, 0.70, 0.90, 1}, smooth(ridge, ridge+0.3, y))
	}
	c = mix(c, rgba{1, 0.85, 0.35, 1}, smooth(0.052, 0.046, math.Hypot(x-0.64, y-0.34)))
	cover := smooth(edge+0.003, edge-0.003, d)
	return rgba{c.r, c.g, c.b, max(cover, shadow.a)}
}

// orbit returns a GIF of a moon around a planet, in 24 frames.
func orbit() []byte {
	const frames, side = 24, 320
	var palette color.Palette
	for i := range 128 {
		t := float64(i) / 127
		palette = append(palette, color.RGBA{uint8(10 + 235*t), uint8(12 + 150*t*t), uint8(30 + 70*t), 255})
	}
	for i := range 128 {
		v := uint8(12 + 240*i/127)
		palette = append(palette, color.RGBA{v, v, uint8(min(255, int(v)+12)), 255})
	}
	var g gif.GIF
	for f := range frames {
		a := 2 * math.Pi * float64(f) / frames
		mx, my, front := 0.5+0.36*math.Cos(a), 0.5+0.12*math.Sin(a), math.Sin(a) > 0
		m := image.NewPaletted(image.Rect(0, 0, side, side), palette)
		for py := range side {
			for px := range side {
				x, y := (float64(px)+0.5)/side, (float64(py)+0.5)/side
				index := uint8(128)
				if hash(px, py, 11) > 0.997 {
					index = uint8(170 + 80*hash(px, py, 12))
				}
				if d := math.Hypot(x-0.5, y-0.5); d < 0.2 {
					lit := 0.15 + 0.85*max(0, (-(x-0.5)-(y-0.5)*0.5)/0.2*0.7+math.Sqrt(1-d*d/0.04)*0.6)
					index = uint8(min(127, 127*lit*(0.75+0.4*fbm(x*5+2, y*22, 4, 70))))
				}
				if d := math.Hypot(x-mx, y-my); d < 0.05 && (front || math.Hypot(x-0.5, y-0.5) > 0.2) {
					index = uint8(128 + 127*min(1, 0.1+0.9*max(0, (-(x-mx)-(y-my)*0.5)/0.05*0.7+math.Sqrt(1-d*d/0.0025)*0.6)))
				}
				m.SetColorIndex(px, py, index)
			}
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 6)
	}
	var b bytes.Buffer
	check(gif.EncodeAll(&b, &g))
	return b.Bytes()
}

func toJPEG(m image.Image, quality int) []byte {
	var b bytes.Buffer
	check(jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

// withOrientation adds EXIF with orientation 6: viewers rotate the image by 90° clockwise.
func withOrientation(jpeg []byte) []byte {
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	return append(append([]byte{0xff, 0xd8}, exif...), jpeg[2:]...)
}
