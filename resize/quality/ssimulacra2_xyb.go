package quality

import "math"

// linearLight converts a picture to planes of red, green and blue in linear light, 0…1.
func linearLight(p Picture) [3]Plane {
	w, h := p.Y.W, p.Y.H
	planeCb, planeCr := doubled(p.Cb, w, h), doubled(p.Cr, w, h)
	rgb := [3]Plane{newPlane(w, h), newPlane(w, h), newPlane(w, h)}
	rows(h, func(y int) {
		luma, cb, cr := p.Y.row(y), planeCb.row(y), planeCr.row(y)
		red, green, blue := rgb[0].row(y), rgb[1].row(y), rgb[2].row(y)
		for x, v := range luma {
			r, b := v+1.402*(cr[x]-128), v+1.772*(cb[x]-128)
			red[x], green[x], blue[x] = linear(r), linear((v-0.299*r-0.114*b)/0.587), linear(b)
		}
	})
	return rgb
}

// linear decodes a sample of sRGB, 0…255. Between whole numbers it interpolates.
func linear(v float32) float32 {
	v = min(max(v, 0), 255)
	i := min(int(v), 254)
	return srgbLight[i] + (v-float32(i))*(srgbLight[i+1]-srgbLight[i])
}

// srgbLight has the linear light of each sample of sRGB (IEC 61966-2-1).
var srgbLight = func() (light [256]float32) {
	for i := range light {
		v := float64(i) / 255
		if v <= 0.04045 {
			light[i] = float32(v / 12.92)
		} else {
			light[i] = float32(math.Pow((v+0.055)/1.055, 2.4))
		}
	}
	return light
}()

// halve returns the means of 2×2 samples. The samples at the right and lower edges stand for those beyond them.
func halve(rgb [3]Plane) (out [3]Plane) {
	for c, p := range rgb {
		half := newPlane((p.W+1)/2, (p.H+1)/2)
		rows(half.H, func(y int) {
			upper, lower := p.row(2*y), p.row(min(2*y+1, p.H-1))
			for x := range half.row(y) {
				left, right := 2*x, min(2*x+1, p.W-1)
				half.row(y)[x] = (upper[left] + upper[right] + lower[left] + lower[right]) / 4
			}
		})
		out[c] = half
	}
	return out
}

// bias keeps the cube root away from its steep beginning.
const bias = 0.0037930732552754493

var biasRoot = float32(math.Cbrt(bias))

// toXYB converts a row of linear light to XYB as in JPEG XL: cube roots of what the long, middle and short cones of the eye
// absorb; X is long less middle, Y their mean, B short. The metric moves each to about 0…1, and takes Y from B.
func toXYB(x, y, b, red, green, blue []float32) {
	for i, r := range red {
		g, bl := green[i], blue[i]
		long := cubeRoot(0.3*r+0.622*g+0.078*bl+bias) - biasRoot
		middle := cubeRoot(0.23*r+0.692*g+0.078*bl+bias) - biasRoot
		short := cubeRoot(0.24342268924547819*r+0.20476744424496821*g+0.5518098665095536*bl+bias) - biasRoot
		mean := (long + middle) / 2
		x[i] = 14*(long-middle)/2 + 0.42
		y[i] = mean + 0.01
		b[i] = short - mean + 0.55
	}
}

// cubeRoot returns the cube root of a positive number: a third of its exponent, and two steps of Halley's method.
func cubeRoot(v float32) float32 {
	root := math.Float32frombits(math.Float32bits(v)/3 + 0x2a5137a0)
	for range 2 {
		cube := root * root * root
		root *= (cube + 2*v) / (2*cube + v)
	}
	return root
}
