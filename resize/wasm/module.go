//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sys/cpu"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/heap"
)

// A module is a codec in C that was compiled to WebAssembly.
type module struct {
	name    string
	packed  []byte             // by gzip
	reserve func(n int) []byte // returns memory for an instance, nil if the system has none

	mu         sync.Mutex // held while it is translated
	translated *program
}

// A program is a module that was translated to the instructions of this processor.
type program struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
}

func newModule(name string, packed []byte) *module {
	return &module{name: name, packed: packed, reserve: reserve}
}

// program returns the program of the module. It translates the module when it is called first, and tries that again
// after an error, because what the system lacked it may have later.
func (m *module) program() (*program, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.translated == nil {
		p, err := translate(m.packed)
		if err != nil {
			return nil, m.unavailable(fmt.Errorf("translate it: %w", err))
		}
		m.translated = p
	}
	return m.translated, nil
}

// unavailable returns an error that is of the system, not of an image.
func (m *module) unavailable(err error) error {
	return fmt.Errorf("%w: %s: %w", resize.ErrUnavailable, m.name, err)
}

// executes reports whether a translated module can be executed here: some systems let no process execute memory that it
// has written to, and the runtime would interpret modules on them, which takes minutes for a photo.
var executes = sync.OnceValue(func() bool {
	if runtime.GOARCH == "amd64" && !cpu.X86.HasSSE41 {
		return false
	}
	empty, err := newRuntime()
	if err != nil {
		return false
	}
	empty.Close(context.Background())
	return true
})

func newRuntime() (r wazero.Runtime, err error) {
	defer recovered(&err)
	config := wazero.NewRuntimeConfigCompiler()
	if kept := translations.Load(); kept != nil {
		config = config.WithCompilationCache(*kept)
	}
	return wazero.NewRuntimeWithConfig(context.Background(), config), nil
}

// translations holds translated modules for other processes. It is nil unless KeepTranslations was called.
var translations atomic.Pointer[wazero.CompilationCache]

// KeepTranslations keeps the modules that are translated from now on in a folder, which it makes, and takes from there those that
// are in it. Processes may share the folder: its files are written aside and renamed. It is for processes that start often, such
// as tests. What is in the folder is executed as it is, so nobody else may be able to write to it.
func KeepTranslations(folder string) error {
	kept, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return fmt.Errorf("wasm: keep translations: %w", err)
	}
	translations.Store(&kept)
	return nil
}

// recovered turns a panic into an error. The runtime panics if the system refuses it memory for instructions.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}

// translationBytes is what translating a module holds at once, for each of its bytes: 110 MB for the module that draws. With a
// process that has a limit of half as much, it takes more than twice as long.
const translationBytes = 44

// translate translates a module.
func translate(packed []byte) (p *program, err error) {
	defer recovered(&err)
	unpack, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(unpack)
	if err != nil {
		return nil, err
	}
	if body, err = withInterrupts(body); err != nil {
		return nil, err
	}
	defer heap.Raise(translationBytes * int64(len(body)))()
	ctx := context.Background()
	r, err := newRuntime()
	if err != nil {
		return nil, err
	}
	defer func() {
		if p == nil {
			r.Close(ctx)
		}
	}()
	code, err := r.CompileModule(ctx, body)
	if err != nil {
		return nil, err
	}
	if err := provide(ctx, r, code); err != nil {
		return nil, err
	}
	return &program{r, code}, nil
}
