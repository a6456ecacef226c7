package inflate_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/png/inflate"
)

// pieces returns a function that returns a stream in pieces of a size.
func pieces(stream []byte, size int) func() ([]byte, bool) {
	return func() ([]byte, bool) {
		piece := stream[:min(size, len(stream))]
		stream = stream[len(piece):]
		return piece, len(piece) > 0
	}
}

// read returns what a stream holds, in pieces of a size.
func read(stream []byte, size int) ([]byte, *inflate.Reader, error) {
	r := inflate.NewReader(pieces(stream, size))
	data, err := io.ReadAll(r)
	return data, r, err
}

// samples are data of many kinds: noise, runs, repetitions near and far, few and many levels.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	all := map[string][]byte{"nothing": {}, "a byte": {7}, "zeros": make([]byte, 150_000)}
	noise, levels, gradients := make([]byte, 120_000), make([]byte, 120_000), make([]byte, 120_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for i := range levels {
		levels[i] = byte(r.NormFloat64() * 3)
		gradients[i] = byte(i/3) + byte(r.Uint32()%2)
	}
	all["noise"], all["levels"], all["gradients"] = noise, levels, gradients
	for distance := 1; distance < 20; distance++ {
		all["repetition of "+string(rune('a'+distance))] = bytes.Repeat(noise[:distance], 3000/distance)
	}
	all["repetition from far"] = bytes.Repeat(noise[:32768], 5)
	skewed := make([]byte, 100_000) // with codes of 15 bits
	for i := range skewed {
		for skewed[i] < 40 && r.Uint32()%2 == 0 {
			skewed[i]++
		}
	}
	all["skewed"] = skewed
	return all
}

func compress(data []byte, level int) []byte {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func TestRead(t *testing.T) {
	for name, want := range samples() {
		for _, level := range []int{zlib.NoCompression, zlib.BestSpeed, zlib.BestCompression, zlib.HuffmanOnly} {
			stream := compress(want, level)
			for _, size := range []int{1, 1000, len(stream)} {
				got, r, err := read(stream, size)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s, level %d, pieces of %d: got %d bytes, %v, want %d", name, level, size, len(got), err, len(want))
				}
				sum, ok := r.StoredSum()
				if !ok || sum != r.Sum() || sum != adler32.Checksum(want) {
					t.Errorf("%s, level %d: got checksums %x and %x, %t", name, level, sum, r.Sum(), ok)
				}
			}
		}
	}
}

// TestCut cuts off streams anywhere.
func TestCut(t *testing.T) {
	data := samples()["levels"][:600]
	for _, level := range []int{zlib.NoCompression, zlib.BestSpeed, zlib.BestCompression} {
		stream := compress(data, level)
		for n := range stream {
			_, r, err := read(stream[:n], 100)
			if n < len(stream)-4 {
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("level %d, %d of %d bytes: got %v", level, n, len(stream), err)
				}
				continue
			}
			if _, ok := r.StoredSum(); err != nil || ok {
				t.Errorf("level %d, without %d bytes: got %v, a checksum %t", level, len(stream)-n, err, ok)
			}
		}
	}
}

// FuzzRead compares what is made of any bytes, and how they are refused, with compress/flate.
func FuzzRead(f *testing.F) {
	for _, data := range samples() {
		for _, level := range []int{zlib.NoCompression, zlib.BestCompression, zlib.HuffmanOnly} {
			f.Add(compress(data[:min(len(data), 3000)], level)[2:], 100)
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		const most = 1 << 20
		got, gotErr := io.ReadAll(io.LimitReader(inflate.NewReader(pieces(
			append([]byte{0x78, 1}, stream...), max(size, 1))), most))
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(stream)), most))
		if (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("got %v, want %v", gotErr, wantErr)
		}
		if gotErr == nil && !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, which are others than the %d wanted", len(got), len(want))
		}
	})
}

// BenchmarkRead measures the time of compress/zlib divided by ours, in turns.
func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"levels", "gradients", "noise", "zeros"} {
		data := samples()[name]
		stream := compress(data, zlib.DefaultCompression)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			var ours, theirs time.Duration
			for b.Loop() {
				began := time.Now()
				io.Copy(io.Discard, inflate.NewReader(pieces(stream, len(stream))))
				ours += time.Since(began)
				began = time.Now()
				z, err := zlib.NewReader(bytes.NewReader(stream))
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, z)
				theirs += time.Since(began)
			}
			b.ReportMetric(float64(theirs)/float64(ours), "time-ratio")
		})
	}
}
