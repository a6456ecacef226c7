package qualityscale_test

import "testing"

// More bytes buy a higher number, and a number costs no more than what it was bought for.
func TestWithin(t *testing.T) {
	for name, scale := range scales {
		for number := 1; number <= 100; number++ {
			bytes := scale.Bytes(number)
			if number > 1 && bytes <= scale.Bytes(number-1) {
				t.Errorf("%s: %d costs %.1f, and %d %.1f", name, number, bytes, number-1, scale.Bytes(number-1))
			}
			if got := scale.Within(bytes); got > number || got < number-1 {
				t.Errorf("%s: got %d within %.1f, which is what %d costs", name, got, bytes, number)
			}
		}
		if least, most := scale.Within(0), scale.Within(1e6); least != 0 || most != 100 {
			t.Errorf("%s: got %d for nothing and %d for plenty", name, least, most)
		}
	}
}
