package cache

import (
	"crypto/md5"
	"errors"
	"hash"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// Whatever is wrong with a body, its reader never gets the last byte, nor more bytes than there should be: a client that
// waits for so many sees that it has no whole image.
func TestOpenedDetectsDamage(t *testing.T) {
	const whole = "a whole image"
	sum := md5.Sum([]byte(whole))
	broken := errors.New("the connection broke")
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	thenBroken := func(s string) func() io.Reader {
		return func() io.Reader { return io.MultiReader(strings.NewReader(s), iotest.ErrReader(broken)) }
	}
	tests := map[string]struct {
		body func() io.Reader
		sum  []byte
		want error
	}{
		"whole":                       {text(whole), sum[:], nil},
		"whole, of unknown sum":       {text(whole), nil, nil},
		"in pieces":                   {func() io.Reader { return iotest.OneByteReader(strings.NewReader(whole)) }, sum[:], nil},
		"with the end at once":        {func() io.Reader { return iotest.DataErrReader(strings.NewReader(whole)) }, sum[:], nil},
		"empty":                       {text(""), sum[:], ErrDamaged},
		"short":                       {text(whole[:5]), nil, ErrDamaged},
		"short by a byte":             {text(whole[:12]), nil, ErrDamaged},
		"long":                        {text(whole + "!"), nil, ErrDamaged},
		"of another sum":              {text("a whole imagE"), sum[:], ErrDamaged},
		"broken":                      {thenBroken(whole[:5]), nil, broken},
		"broken before the last byte": {thenBroken(whole[:12]), nil, broken},
		"refused by its own checksum": {thenBroken(whole), nil, broken},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			open := func() *Opened {
				return NewOpened(Variant{}, int64(len(whole)), 0, io.NopCloser(test.body()), newSum(test.sum), test.sum)
			}
			got, err := io.ReadAll(open())
			if !errors.Is(err, test.want) {
				t.Errorf("in pieces: got %v, want %v", err, test.want)
			}
			if err == nil && string(got) != whole || err != nil && len(got) >= len(whole) {
				t.Errorf("in pieces: got %q, %v", got, err)
			}
			v, err := open().ReadAll()
			if !errors.Is(err, test.want) || err == nil && string(v.Body) != whole {
				t.Errorf("whole: got %+v, %v, want %v", v, err, test.want)
			}
		})
	}
}

// newSum returns the hash of a sum that is known.
func newSum(sum []byte) hash.Hash {
	if sum == nil {
		return nil
	}
	return md5.New()
}
