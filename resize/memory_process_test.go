package resize_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/wasm"
	"github.com/imgorigin/imgorigin/resize/wasm/wasmtest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// TestMain makes the test binary a process that measures the memory of a job, if its first argument says so.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "measure" {
		if err := measure(os.Args[2], os.Args[3], os.Args[4], os.Args[5:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	wasmtest.KeepTranslations()
	os.Exit(m.Run())
}

// memoryCodecs are the codecs of this build.
func memoryCodecs() []resize.Codec { return slices.Concat(wasm.Codecs(), webp.Codecs(), vips.Codecs()) }

// writerOf returns the codec that writes a format.
func writerOf(f resize.Format) (writer resize.Codec) {
	for _, codec := range memoryCodecs() {
		if codec.Format == f && codec.Encode != nil {
			writer = codec
		}
	}
	return writer
}

// hasVips reports whether libvips is one of them.
func hasVips() bool { return len(vips.Codecs()) > 0 }

// measure prints how much memory a process of its own takes for the variants of a file, in bytes: the peak of its
// resident memory, of Go and of C, above what it takes after the same job on a small image, which has loaded code and
// tables. The collector runs whenever 5 % of the heap may be garbage. Two runs differ by up to 3 %.
func measure(mode, small, file string, transforms []string) error {
	ts := make([]resize.Transform, len(transforms))
	for i, s := range transforms {
		var err error
		if ts[i], err = resize.ParseTransform(s); err != nil {
			return err
		}
	}
	debug.SetGCPercent(5)
	isThorough, codecs := mode == "thorough", memoryCodecs()
	if mode == "isolated" {
		codecs = append(codecs, webp.Decoders()...)
	}
	engine := resize.NewEngine(resize.EngineConfig{Codecs: codecs, SVG: true, Thorough: isThorough, Progressive: isThorough})
	marks := markFiles(ts)
	run := func(file string) error {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		variants := make([][]byte, len(ts))
		job := resize.Job{Transforms: ts, Marks: marks}
		job.Yield = func(i int, variant []byte, errVariant error) {
			variants[i], err = variant, cmp.Or(err, errVariant)
		}
		if errJob := engine.Each(context.Background(), src, job); errJob != nil {
			return errJob
		}
		runtime.KeepAlive(variants)
		runtime.KeepAlive(src)
		return err
	}
	if err := run(small); err != nil {
		return err
	}
	debug.FreeOSMemory()
	debug.FreeOSMemory()                                                          // what a sync.Pool keeps is garbage after two collections
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // which resets the peak, see proc(5)
		return err
	}
	before, err := residentMemory("VmRSS")
	if err != nil {
		return err
	}
	if err := run(file); err != nil {
		return err
	}
	peak, err := residentMemory("VmHWM")
	fmt.Print(peak - before)
	return err
}

// markFiles returns the files of the marks of transforms, of the most pixels that a mark may have: without loss, which takes most.
func markFiles(ts []resize.Transform) map[string][]byte {
	files := make(map[string][]byte)
	for _, t := range ts {
		if t.Mark.Key != "" && files[t.Mark.ID()] == nil {
			files[t.Mark.ID()] = webpOf(glass(screen(image.Rect(0, 0, 1024, 1024))), 100)
		}
	}
	return files
}

// residentMemory returns a figure of /proc/self/status in bytes, see proc(5).
func residentMemory(name string) (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	var kilobytes int64
	_, after, _ := strings.Cut(string(status), name+":")
	_, err = fmt.Sscan(after, &kilobytes)
	return kilobytes << 10, err
}

// measured returns what measure prints in a process of its own.
func (m *memoryMeter) measured(t *testing.T, ts []resize.Transform) int64 {
	t.Helper()
	arguments := []string{"measure", m.mode, m.small, m.file}
	for _, transform := range ts {
		arguments = append(arguments, transform.String())
	}
	command := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		t.Fatalf("measure %v: %v: %s", arguments, err, errs.String())
	}
	held, err := strconv.ParseInt(string(out), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return held
}
