package resize_test

import (
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A memoryRow is a kind of original, and the jobs that are measured on it: transforms in their normal forms, separated
// by spaces, or a batch of the ladder in a format, "ladder.jpeg".
type memoryRow struct {
	name  string
	file  func(m *image.NRGBA) []byte
	quick string // jobs that are always measured, on a smaller original
	jobs  string // further ones, on a large original
	mode  string // of the engine: "thorough" as that of warmers is, "isolated" as that of workers
}

const (
	someWriters = "full.jpeg full.webp w=320.png"
	eachWriter  = "full.jpeg full.png full.gif full.webp w=320.webp ladder.jpeg"
	everything  = eachWriter + " full.auto q=95.jpeg q=100.webp blur=3.jpeg w=900,h=1200,fit=contain.png ladder.webp" +
		" sharp=50.jpeg bri=9,con=9,gam=9,flip=h.jpeg sat=9,sharp=50.webp rot=30.png w=900,trim=color.jpeg w=2600,enlarge=true.jpeg" +
		" rot=90,hue=9,usm=50,pad=20,border=9-ff0000,mask=ellipse.webp full.avif w=1000.avif ladder.avif w=3840.avif"
	films = "full.webp full.gif w=320.webp w=320.jpeg full.png ladder.webp ladder.gif full.avif"
	thin  = "w=3840.jpeg w=3840.webp w=320.png w=200,h=1,fit=fill.jpeg w=1,h=400,fit=fill.jpeg full.avif"
)

// memoryRows are readers × shapes.
func memoryRows(t *testing.T) []memoryRow {
	sample := func(kind string) func(*image.NRGBA) []byte {
		return func(m *image.NRGBA) []byte {
			if m.Rect.Dx() < 1000 {
				return foreign(t, "photo."+kind)
			}
			return foreign(t, "large."+kind)
		}
	}
	// Of 2000 × 1500 pixels, with full chroma; those of AVIF have grain.
	generated := func(name string) func(*image.NRGBA) []byte {
		return func(m *image.NRGBA) []byte {
			if m.Rect.Dx() < 1000 {
				return foreign(t, "photo"+filepath.Ext(name))
			}
			return foreign(t, filepath.Join("..", "..", "wasm", "testdata", name))
		}
	}
	return []memoryRow{
		{name: "JPEG", file: func(m *image.NRGBA) []byte { return resizetest.JPEG(m, 85) },
			quick: "full.jpeg w=320.webp full.avif", jobs: everything},
		{name: "JPEG with a mark in WebP", file: func(m *image.NRGBA) []byte { return resizetest.JPEG(m, 85) },
			quick: "w=900,mark=bG9nbw.jpeg", jobs: "w=1900,mark=bG9nbw.webp w=320,mark=bG9nbw,mark-tile=grid.jpeg"},
		{name: "JPEG of grain", file: func(m *image.NRGBA) []byte { return resizetest.JPEG(grainy(m), 90) },
			quick: "full.jpeg", jobs: eachWriter + " q=95.jpeg q=100.jpeg q=100.webp full.avif"},
		{name: "JPEG, thoroughly", file: func(m *image.NRGBA) []byte { return resizetest.JPEG(grainy(m), 90) },
			quick: "q=95.webp", jobs: "full.jpeg full.webp q=90.webp q=99.webp ladder.webp w=1000.avif full.avif", mode: "thorough"},
		{name: "PNG with alpha, thoroughly", file: func(m *image.NRGBA) []byte { return resizetest.PNG(glass(grainy(m))) },
			jobs: "full.webp q=95.webp full.png ladder.webp w=1000.avif", mode: "thorough"},
		{name: "drawing, thoroughly", file: func(m *image.NRGBA) []byte { return resizetest.PNG(screen(m.Rect)) },
			jobs: "full.webp full.png", mode: "thorough"},
		{name: "animated WebP, thoroughly", file: func(m *image.NRGBA) []byte { return animatedWebP(grainy(m), 2, 20) },
			jobs: "q=95.webp ladder.webp", mode: "thorough"},
		{name: "grey JPEG", file: func(m *image.NRGBA) []byte { return resizetest.JPEG(grey(m), 85) }, jobs: eachWriter},
		{name: "turned JPEG", file: func(m *image.NRGBA) []byte { return resizetest.WithEXIF(resizetest.JPEG(m, 85), 6, "") },
			jobs: eachWriter + " w=1000.avif"},
		{name: "tall JPEG", file: func(m *image.NRGBA) []byte { return resizetest.JPEG(reshaped(m, 1./16), 85) }, jobs: thin},
		{name: "JPEG in P3", file: func(m *image.NRGBA) []byte { return inP3(resizetest.JPEG(m, 85)) }, jobs: eachWriter},
		{name: "progressive JPEG", file: progressive, quick: "full.jpeg", jobs: everything},
		{name: "CMYK JPEG", file: func(m *image.NRGBA) []byte { return cmykOf(grey(m)) },
			quick: "full.png", jobs: eachWriter + " full.avif"},
		{name: "PNG", file: func(m *image.NRGBA) []byte { return resizetest.PNG(m) },
			quick: "w=32.jpeg ladder.jpeg", jobs: eachWriter + " full.avif"},
		{name: "PNG of grain", file: func(m *image.NRGBA) []byte { return resizetest.PNG(grainy(m)) },
			jobs: "full.png full.webp q=95.jpeg q=100.webp" +
				" max-bytes=2000000.png max-bytes=900000.gif max-bytes=100000.webp q=95,max-bytes=200000.jpeg"},
		{name: "PNG with alpha", file: func(m *image.NRGBA) []byte { return resizetest.PNG(glass(m)) },
			quick: "full.webp full.auto", jobs: everything},
		{name: "drawing", file: func(m *image.NRGBA) []byte { return resizetest.PNG(screen(m.Rect)) },
			jobs: "full.webp q=95.webp full.png w=1600.png w=1600.webp w=1600.gif"},
		{name: "wide PNG", file: func(m *image.NRGBA) []byte { return resizetest.PNG(reshaped(m, 16)) }, jobs: thin},
		{name: "PNG of 16 bits", file: func(m *image.NRGBA) []byte { return resizetest.PNG(deep(m)) }, jobs: someWriters},
		{name: "grey PNG", file: func(m *image.NRGBA) []byte { return resizetest.PNG(grey(m)) }, jobs: "full.jpeg full.png q=78.webp"},
		{name: "grey drawing", file: func(m *image.NRGBA) []byte { return resizetest.PNG(grey(screen(m.Rect))) },
			jobs: "full.webp"},
		{name: "PNG with a palette", file: func(m *image.NRGBA) []byte { return resizetest.PNG(paletted(m)) },
			jobs: someWriters + " w=1600.png w=1600.webp"},
		{name: "PNG with a palette, dithered", file: func(m *image.NRGBA) []byte { return resizetest.PNG(ditheredOf(m)) },
			jobs: "w=1000.png w=1600.png w=1600.webp"},
		{name: "interlaced PNG", file: interlacedPNG, jobs: someWriters},
		{name: "GIF", file: func(m *image.NRGBA) []byte { return gifOf(m, 1, 1) }, quick: "w=32.jpeg full.gif", jobs: eachWriter},
		{name: "BMP", file: func(m *image.NRGBA) []byte { return bmpOf(m) }, jobs: someWriters},
		{name: "icon", file: func(m *image.NRGBA) []byte { return iconOf(1, 0, resizetest.PNG(glass(m))) }, jobs: someWriters},
		{name: "icon of a bitmap", file: iconBitmap, jobs: someWriters},
		{name: "WebP", file: func(m *image.NRGBA) []byte { return webpOf(m, 80) }, jobs: eachWriter + " full.avif"},
		{name: "WebP with alpha", file: func(m *image.NRGBA) []byte { return webpOf(glass(m), 80) },
			quick: "full.webp", jobs: everything},
		{name: "WebP without loss", file: func(m *image.NRGBA) []byte { return webpOf(m, 100) }, jobs: eachWriter},
		{name: "WebP, isolated", file: func(m *image.NRGBA) []byte { return webpOf(m, 80) },
			jobs: "full.jpeg w=320.webp", mode: "isolated"},
		{name: "WebP with alpha, isolated", file: func(m *image.NRGBA) []byte { return webpOf(glass(m), 80) },
			quick: "w=320.webp", jobs: "full.png", mode: "isolated"},
		{name: "WebP without loss, isolated", file: func(m *image.NRGBA) []byte { return webpOf(m, 100) },
			quick: "w=320.webp", jobs: "full.jpeg", mode: "isolated"},
		{name: "animated GIF", file: func(m *image.NRGBA) []byte { return gifOf(m, 2, 20) },
			quick: "w=320.gif", jobs: films + " full.webp"},
		{name: "animated GIF of a drawing", file: func(m *image.NRGBA) []byte { return gifOf(screen(m.Rect), 2, 20) },
			quick: "w=640.gif", jobs: "w=900.gif w=900.webp ladder.webp"},
		{name: "animated WebP", file: func(m *image.NRGBA) []byte { return animatedWebP(m, 2, 20) },
			quick: "w=320.webp", jobs: films + " ladder.webp"},
		{name: "animated PNG", file: func(m *image.NRGBA) []byte { return animatedPNG(m, 2, 20) },
			quick: "w=320.gif", jobs: films},
		{name: "animated WebP, isolated", file: func(m *image.NRGBA) []byte { return animatedWebP(m, 2, 20) },
			jobs: "w=320.webp", mode: "isolated"},
		{name: "AVIF", file: func(m *image.NRGBA) []byte {
			return engineFile(resize.EngineConfig{}, bmpOf(m), "q=60.avif") // else the small one is a WebP
		}, jobs: eachWriter},
		{name: "AVIF of full chroma", file: generated("chroma.avif"), jobs: "w=160.jpeg full.jpeg"},
		{name: "part of an AVIF", file: generated("crop.avif"), jobs: "w=160.jpeg full.jpeg"},
		{name: "AVIF of 12 bits", file: generated("deep.avif"), jobs: "w=160.jpeg full.jpeg"},
		{name: "AVIF with alpha", file: generated("alpha.avif"), jobs: "w=160.jpeg full.jpeg full.png"},
		{name: "AVIF with alpha, of 10 bits", file: generated("deepalpha.avif"), jobs: "w=160.jpeg full.jpeg"},
		{name: "HEIC of full chroma", file: generated("chroma.heic"), jobs: "w=160.jpeg full.jpeg"},
		{name: "HEIC", file: sample("heic"), jobs: eachWriter + " full.avif"},
		{name: "SVG", file: layersSVG, jobs: "full.png w=640.webp ladder.webp w=640,trim=alpha.png"},
		{name: "JPEG XL", file: sample("jxl"), jobs: someWriters},
		{name: "TIFF", file: func(m *image.NRGBA) []byte { return tiffOf(t, m) }, jobs: someWriters},
		{name: "TIFF of inks", file: func(m *image.NRGBA) []byte { return inked(t, glass(m)) }, jobs: someWriters},
		{name: "TIFF of 16 bits", file: func(m *image.NRGBA) []byte { return tiffOf(t, deep(m)) }, jobs: someWriters},
		{name: "TIFF with a palette", file: func(m *image.NRGBA) []byte { return tiffOf(t, paletted(m)) }, jobs: someWriters},
	}
}

// TestMemory compares the estimates, which the gate of the server admits by, with what processes take. An estimate may
// not be less. It may be four times more, and 8 MiB: an image says little of itself before it is decoded, as whether a
// PNG is a drawing, or has grain. IMGORIGIN_TEST_MEMORY measures the whole table, for .ci/run: in a build with libvips
// what goes through that, and in a build without, all else.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes memory too")
	}
	if _, err := residentMemory("VmHWM"); err != nil {
		t.Skip("no /proc on this system")
	}
	whole := os.Getenv("IMGORIGIN_TEST_MEMORY") != ""
	original, tiny := resizetest.Photo(1200, 800), resizetest.Photo(96, 64)
	if whole {
		original = resizetest.Photo(2000, 1500)
	}
	engine := resize.NewEngine(resize.EngineConfig{Codecs: memoryCodecs(), SVG: true})
	for _, row := range memoryRows(t) {
		forms := strings.Fields(row.quick)
		if whole {
			forms = strings.Fields(row.quick + " " + row.jobs)
			slices.Sort(forms)
			forms = slices.Compact(forms)
		}
		if strings.Contains(row.name, "WebP") && !engine.Encodes(resize.WebP) {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var m *memoryMeter
			for _, form := range forms {
				ts := transformsIn(form)
				isForeign := strings.Contains("JPEG XL TIFF of 16 bits", row.name)
				// What libvips reads or writes where it is there, and other codecs elsewhere.
				isBoth := strings.HasPrefix(row.name, "TIFF") || row.name == "AVIF" || ts[0].Format == resize.AVIF
				if !whole && !hasVips() && ts[0].Format == resize.AVIF {
					continue // the module takes seconds to be translated in each process
				}
				if isForeign != hasVips() && (isForeign || whole) && !isBoth || !engine.Encodes(ts[0].Format) && ts[0].Format != resize.Auto {
					continue
				}
				if m == nil {
					m = newMeter(t, row.file(tiny), row.file(original), row.mode)
				}
				if !engine.Decodes(m.header.Format) {
					t.Skip("this build does not read it")
				}
				m.compare(t, form, ts)
			}
		})
	}
}

// transformsIn returns the transforms of a job.
func transformsIn(form string) (ts []resize.Transform) {
	forms := []string{form}
	if format, isLadder := strings.CutPrefix(form, "ladder."); isLadder {
		forms = nil
		for _, width := range strings.Fields("160 320 640 750 1080 1920 2048") {
			forms = append(forms, "w="+width+"."+format)
		}
	}
	for _, form := range forms {
		t, err := resize.ParseTransform(form)
		if err != nil {
			panic(err)
		}
		ts = append(ts, t)
	}
	return ts
}

// A memoryMeter measures jobs on a file.
type memoryMeter struct {
	header      resize.Header
	size        int64
	small, file string // paths
	mode        string
}

func newMeter(t *testing.T, small, file []byte, mode string) *memoryMeter {
	t.Helper()
	header, err := resize.ProbeBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	m := &memoryMeter{header: header, size: int64(len(file)), mode: mode}
	folder := t.TempDir()
	m.small, m.file = filepath.Join(folder, "small"), filepath.Join(folder, "file")
	for path, body := range map[string][]byte{m.small: small, m.file: file} {
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *memoryMeter) compare(t *testing.T, form string, ts []resize.Transform) {
	t.Helper()
	config := resize.EngineConfig{Codecs: memoryCodecs(), SVG: true, Thorough: m.mode == "thorough"}
	want, got := m.header.Memory(m.size, config, ts...), m.measured(t, ts)
	if got > want {
		got = min(got, m.measured(t, ts)) // garbage only adds, most where the collector waits for a processor
	}
	t.Logf("%-28s held %6.1f MB, estimate %6.1f, %.2f times", form, float64(got)/1e6, float64(want)/1e6, float64(want)/float64(got))
	switch {
	case got > want:
		t.Errorf("%s: held %.1f MB, which is more than the estimate of %.1f", form, float64(got)/1e6, float64(want)/1e6)
	case want > 4*got+8<<20 && !m.isReserved(ts):
		t.Errorf("%s: held %.1f MB, which is far less than the estimate of %.1f", form, float64(got)/1e6, float64(want)/1e6)
	}
}

// isReserved reports whether more memory is reserved than a job needs: so that variants of 1280 pixels can join it, or
// because a decoder of other builds needs it.
func (m *memoryMeter) isReserved(ts []resize.Transform) bool {
	return m.header.Format == resize.AVIF || m.header.Format == resize.JPEG &&
		!slices.ContainsFunc(ts, func(t resize.Transform) bool { return t.Width == 0 || t.Width >= 1280 })
}
