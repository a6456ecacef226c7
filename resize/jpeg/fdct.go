package jpeg

// fdct is the forward transform of a block of samples less 128, in place, the inverse of [idct8]'s flow
// (Loeffler, Ligtenberg and Moschytz). Its results are eight times the coefficients of T.81.
func fdct(b *[64]int32) {
	for y := range 8 {
		r := b[8*y : 8*y+8 : 8*y+8]
		c := forward8(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
		r[0], r[4] = c[0]<<passBits, c[4]<<passBits
		const shift, round = constBits - passBits, 1 << (constBits - passBits - 1)
		r[1], r[3], r[5], r[7] = (c[1]+round)>>shift, (c[3]+round)>>shift, (c[5]+round)>>shift, (c[7]+round)>>shift
		r[2], r[6] = (c[2]+round)>>shift, (c[6]+round)>>shift
	}
	for x := range 8 {
		c := forward8(b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x])
		const half = 1 << (passBits - 1)
		b[x], b[32+x] = (c[0]+half)>>passBits, (c[4]+half)>>passBits
		const shift, round = constBits + passBits, 1 << (constBits + passBits - 1)
		b[8+x], b[24+x], b[40+x], b[56+x] = (c[1]+round)>>shift, (c[3]+round)>>shift, (c[5]+round)>>shift, (c[7]+round)>>shift
		b[16+x], b[48+x] = (c[2]+round)>>shift, (c[6]+round)>>shift
	}
}

// forward8 transforms a line. Coefficients 0 and 4 are whole; the others have constBits of fraction.
func forward8(s0, s1, s2, s3, s4, s5, s6, s7 int32) (c [8]int32) {
	t0, t7, t1, t6 := s0+s7, s0-s7, s1+s6, s1-s6
	t2, t5, t3, t4 := s2+s5, s2-s5, s3+s4, s3-s4
	t10, t13, t11, t12 := t0+t3, t0-t3, t1+t2, t1-t2
	c[0], c[4] = t10+t11, t10-t11
	z := (t12 + t13) * fix0541196100
	c[2], c[6] = z+t13*fix0765366865, z-t12*fix1847759065

	z1, z2, z3, z4 := t4+t7, t5+t6, t4+t6, t5+t7
	z5 := (z3 + z4) * fix1175875602
	z1, z2 = -z1*fix0899976223, -z2*fix2562915447
	z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
	c[7] = t4*fix0298631336 + z1 + z3
	c[5] = t5*fix2053119869 + z2 + z4
	c[3] = t6*fix3072711026 + z2 + z3
	c[1] = t7*fix1501321110 + z1 + z4
	return c
}
