package quality

import "math"

// SSIMULACRA2 returns the score of a distorted picture by SSIMULACRA 2.1 (Structural SIMilarity Unveiling Local And
// Compression Related Artifacts, by Jon Sneyers, https://github.com/cloudinary/ssimulacra2), whose weights were tuned to
// the judgements of people. Unlike SSIM of luma it sees colour, blocks, ringing and lost detail, near and far:
//
//	100  equal
//	 90  indistinguishable in a flicker test
//	 80  indistinguishable side by side; JPEG at quality 85
//	 70  high quality, artefacts are hard to see without the original; JPEG at quality 70
//	 50  medium quality; JPEG at quality 35
//	 10  very low quality; there is no least score
//
// The pictures are halved five times in linear light. At each of the six scales they are converted to XYB, a colour space
// of perception, and three maps of each of its channels say where structure differs, where the distorted picture has edges
// that the original has not, and where it has lost some. The score is a polynomial of the weighted means and 4-norms of the
// 54 maps.
//
// Chroma of half size is interpolated linearly, as browsers do with JPEG and WebP.
//
// The score is -Inf if the sizes differ, or if a side is shorter than 8 pixels, for which it is not defined. Up to 80 it is
// within 0.05 of that of the reference implementation, and within 0.2 above. That implementation blends transparent pictures
// with dark and with light grey, and [Colour] puts white behind them. It holds about 40 bytes per pixel.
func SSIMULACRA2(original, distorted Picture) float64 {
	w, h := original.Y.W, original.Y.H
	if w != distorted.Y.W || h != distorted.Y.H || min(w, h) < 8 {
		return math.Inf(-1)
	}
	a, b := linearLight(original), linearLight(distorted)
	var scales []channelNorms
	for {
		scales = append(scales, normsOf(a, b))
		// The size before the last halving counts: the smallest scale may have sides of 4 samples.
		if len(scales) == 6 || min(a[0].W, a[0].H) < 8 {
			return score(scales)
		}
		a, b = halve(a), halve(b)
	}
}

// score joins the norms of all scales. The weights are taken one after another, so that those of a picture with fewer than
// six scales, one whose shorter side is at most 112 pixels, are not meant for its scales; the reference does the same.
func score(scales []channelNorms) float64 {
	sum := 0.0
	i := 0
	for channel := range 3 {
		for _, norms := range scales {
			for _, norm := range norms[channel] {
				sum += ssimulacra2Weights[i] * norm
				i++
			}
		}
	}
	sum *= 0.9562382616834844
	sum = 2.326765642916932*sum - 0.020884521182843837*sum*sum + 6.248496625763138e-05*sum*sum*sum
	return 100 - 10*math.Pow(max(sum, 0), 0.6276336467831387)
}

// ssimulacra2Weights are the weights of the norms: in a row those of a scale, from 1:1 to 1:32, in the order of
// channelNorms, and in a group of rows those of a channel.
var ssimulacra2Weights = [3 * 6 * 6]float64{
	// X
	0, 0.0007376606707406586, 0, 0, 0.0007793481682867309, 0,
	0, 0.0004371155730107379, 0, 1.1041726426657346, 0.00066284834129271, 0.00015231632783718752,
	0, 0.0016406437456599754, 0, 1.8422455520539298, 11.441172603757666, 0,
	0.0007989109436015163, 0.000176816438078653, 0, 1.8787594979546387, 10.94906990605142, 0,
	0.0007289346991508072, 0.9677937080626833, 0, 0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053,
	0.0004550992113792063, 0, 0, 0.0013648766163243398, 0, 0,
	// Y
	0, 0, 0, 7.466890328078848, 0, 17.445833984131262,
	0.0006235601634041466, 0, 0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264,
	225.20515300849274, 0, 0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985,
	176.39317598450694, 0, 0, 24.43300999870476, 0.28520802612117757, 0.0004485436923833408,
	0, 0, 0, 34.77906344483772, 44.835625328877896, 0,
	0, 0, 0, 0, 0, 0,
	// B
	0, 0.0008680556573291698, 0, 0, 0, 0,
	0, 0.0005313191874358747, 0, 0.00016533814161379112, 0, 0,
	0, 0, 0, 0.0004179171803251336, 0.0017290828234722833, 0,
	0.0020827005846636437, 0, 0, 8.826982764996862, 23.19243343998926, 0,
	95.1080498811086, 0.9863978034400682, 0.9834382792465353, 0.0012286405048278493, 171.2667255897307, 0.9807858872435379,
	0, 0, 0, 0.0005130064588990679, 0, 0.00010854057858411537,
}
