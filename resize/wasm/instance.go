//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// An instance is a module that runs, for a single image: with a memory of its own, which ends with it. Whatever a
// hostile image does to the module, the next image does not see it.
type instance struct {
	name   string
	ctx    context.Context // of the job; an instance does not outlive it
	module api.Module
	memory *linearMemory

	unwatch func() bool // ends waiting for the end of ctx
}

// start begins an instance that has at most limit bytes of memory, and ends with ctx.
func (m *module) start(ctx context.Context, limit int64) (*instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := m.program()
	if err != nil {
		return nil, err
	}
	memory, err := newLinearMemory(limit, m.reserve)
	if err != nil {
		return nil, m.unavailable(err)
	}
	i := &instance{name: m.name, ctx: ctx, memory: memory, unwatch: context.AfterFunc(ctx, memory.stop)}
	if i.module, err = p.instantiate(ctx, memory); err != nil {
		i.close()
		return nil, cmp.Or(ctx.Err(), m.unavailable(err)) // the module has not seen the image yet
	}
	return i, nil
}

// instantiate begins an instance that has this memory.
func (p *program) instantiate(ctx context.Context, memory *linearMemory) (m api.Module, err error) {
	defer recovered(&err)
	allocate := experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return memory })
	return p.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocate), p.code,
		wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
}

// close ends the instance and frees its memory. Slices of it are not valid any more.
func (i *instance) close() {
	if i.module != nil {
		_ = i.module.Close(context.WithoutCancel(i.ctx))
	}
	i.unwatch()
	i.memory.release()
}

// call calls a function of the module. Its errors are that of the context, or about the image.
func (i *instance) call(name string, arguments ...uint64) (uint64, error) {
	results, err := i.module.ExportedFunction(name).Call(i.ctx, arguments...)
	if err != nil {
		return 0, i.failure(err)
	}
	if len(results) == 0 {
		return 0, nil
	}
	return results[0], nil
}

// failure returns the error for a call that did not return, or that failed.
func (i *instance) failure(err error) error {
	if ended := i.ctx.Err(); ended != nil {
		return ended
	}
	if i.memory.refused {
		return i.errMemory()
	}
	// The rest of the message is a stack of the module.
	return fmt.Errorf("%w: %s: %s", resize.ErrCorrupt, i.name, firstLine(err))
}

func (i *instance) errMemory() error {
	return fmt.Errorf("%w: %s needs more memory for it than for others of its size", resize.ErrTooLarge, i.name)
}

// allocate returns the address of n bytes in the memory of the module.
func (i *instance) allocate(n int64) (uint32, error) {
	if n < 0 || n > maxMemory {
		return 0, i.errMemory()
	}
	at, err := i.call("malloc", uint64(n))
	if err != nil {
		return 0, err
	}
	if at == 0 {
		return 0, i.errMemory()
	}
	return uint32(at), nil
}

// place copies b into the memory of the module.
func (i *instance) place(b []byte) (uint32, error) {
	at, err := i.allocate(int64(len(b)))
	if err != nil {
		return 0, err
	}
	if !i.module.Memory().Write(at, b) {
		return 0, errOutside
	}
	return at, nil
}

// placeHEIF copies a file into the memory of the module, where it can be changed, and hides its sequence.
func (i *instance) placeHEIF(src []byte) (at uint32, file []byte, err error) {
	if at, err = i.place(src); err != nil {
		return 0, nil, err
	}
	if file, err = i.bytes(at, int64(len(src))); err != nil {
		return 0, nil, err
	}
	probe.HideHEIFSequence(file)
	return at, file, nil
}

var errOutside = errors.New("wasm: an address outside of the memory")

// bytes returns n bytes at an address, which are valid until the next call.
func (i *instance) bytes(at uint32, n int64) ([]byte, error) {
	if n < 0 || n > maxMemory {
		return nil, errOutside
	}
	b, ok := i.module.Memory().Read(at, uint32(n))
	if !ok {
		return nil, fmt.Errorf("%w: %s: %w", resize.ErrCorrupt, i.name, errOutside)
	}
	return b, nil
}

// numbers returns n numbers at an address.
func (i *instance) numbers(at uint32, n int) ([]int, error) {
	all := make([]int, n)
	for k := range all {
		v, ok := i.module.Memory().ReadUint32Le(at + uint32(4*k))
		if !ok {
			return nil, errOutside
		}
		all[k] = int(v)
	}
	return all, nil
}
