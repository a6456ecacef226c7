package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// If a setting were not sent to workers, it would have no effect with --isolate.
func TestSettings(t *testing.T) {
	all, sent := reflect.TypeFor[resize.EngineConfig](), reflect.TypeFor[settings]()
	for i := range all.NumField() {
		name := all.Field(i).Name
		if _, ok := sent.FieldByName(name); !ok && name != "Codecs" {
			t.Errorf("%s is not sent to workers", name)
		}
	}
}

// An error of a worker matches the same errors in the process of the pool.
func TestFaults(t *testing.T) {
	for _, want := range []error{
		resize.ErrCorrupt, resize.ErrUnsupported, resize.ErrTooLarge, resize.ErrRect, resize.ErrBytes, resize.ErrUnavailable,
	} {
		sent := fmt.Errorf("%w: a reason", want)
		if got := decodeFault(encodeFault(sent)); !errors.Is(got, want) || got.Error() != sent.Error() {
			t.Errorf("got %v, want %v", got, sent)
		}
	}
}

// FuzzReceive receives what a worker that was taken over by an image may send. Each transform is yielded at most once,
// and in its format; every processor that was lent is given back; and the error is one of the protocol.
func FuzzReceive(f *testing.F) {
	var good bytes.Buffer
	for _, sent := range []frame{
		{kindStage, 5, []byte("decode")}, {kindVariant, 0, []byte("\xff\xd8\xff")},
		{kindFault, 1, encodeFault(resize.ErrRect)}, {kind: kindEnd, payload: encodeFault(resize.ErrCorrupt)},
	} {
		if err := writeFrame(&good, sent); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(good.Bytes())
	f.Add([]byte("v\x00\x00\x00\x00\xff\xff\xff\xff"))
	f.Add([]byte("e\x00\x00\x00\x00\x00\x00\x00\x02{}"))
	f.Add([]byte("m\x00\x00\x00\x00\x00\x00\x00\x00v\x00\x00\x00\x02\x00\x00\x00\x06GIF89a"))
	f.Add([]byte("m\x00\x00\x00\x00\x00\x00\x00\x00e\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("p\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x05d\x00\x00\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("p\x00\x00\x00\x00\x00\x00\x00\x08\xff\x00\x00\x00\x00\x00\x00\x05"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := &jobChecker{
			t: t, transforms: []resize.Transform{{Format: resize.JPEG}, {Format: resize.PNG}}, yielded: make(map[int]bool),
		}
		r := newReceiver(message{Memory: 1 << 20}, resize.Job{
			Transforms: slices.Clone(c.transforms),
			More:       c.more, Spare: c.spare, Yield: c.yield,
			Stage: func(resize.Stage, time.Time) {},
		})
		fault, err := r.receive(bytes.NewReader(sent), io.Discard)
		if r.giveBack(); c.lent != 0 {
			t.Errorf("%d processors are not given back", c.lent)
		}
		if err == nil && fault == nil && len(c.yielded) < len(c.transforms) {
			t.Errorf("of %d variants got %d", len(c.transforms), len(c.yielded))
		}
		isProtocol := errors.Is(err, errFrame) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && (fault != nil || !isProtocol) {
			t.Errorf("got %v, %v", fault, err)
		}
	})
}

// A jobChecker has the functions of a job and checks how they are called.
type jobChecker struct {
	t          *testing.T
	transforms []resize.Transform
	yielded    map[int]bool
	lent       int // processors
}

// more adds a transform, once.
func (c *jobChecker) more() []resize.Transform {
	if len(c.transforms) > 2 {
		return nil
	}
	c.transforms = append(c.transforms, resize.Transform{Format: resize.GIF})
	return c.transforms[2:]
}

// spare lends processors for little memory.
func (c *jobChecker) spare(bytes int64) (done func(), ok bool) {
	if bytes < 0 {
		c.t.Errorf("asks for %d bytes", bytes)
	}
	if bytes > 1<<10 {
		return nil, false
	}
	c.lent++
	return func() { c.lent-- }, true
}

func (c *jobChecker) yield(i int, variant []byte, err error) {
	if c.yielded[i] || i >= len(c.transforms) || (err == nil) != (variant != nil) {
		c.t.Errorf("yields %d, %q, %v", i, variant, err)
	}
	if err == nil && resize.Detect(variant) != c.transforms[i].Format {
		c.t.Errorf("yields %q", variant)
	}
	c.yielded[i] = true
}

// A variant has to be in the format of its transform, or in one that this format may become.
func TestChecked(t *testing.T) {
	jpeg, webp := []byte("\xff\xd8\xff"), []byte("RIFF\x00\x00\x00\x00WEBPVP8 ")
	for _, test := range []struct {
		variant []byte
		format  resize.Format
		isGood  bool
	}{
		{jpeg, resize.JPEG, true}, {jpeg, resize.Auto, true}, {jpeg, resize.WebP, false}, {jpeg, resize.AVIF, false},
		{webp, resize.WebP, true}, {webp, resize.Auto, false}, {[]byte("<svg>"), resize.Auto, false},
		{webp, resize.AVIF, true}, // an animation
		{[]byte("LEHV6nWB2yk8"), resize.BlurHash, true},
	} {
		if err := checked(test.variant, resize.Transform{Format: test.format}); (err == nil) != test.isGood {
			t.Errorf("%q as %s: got %v", test.variant, test.format, err)
		}
	}
}
