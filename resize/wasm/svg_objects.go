//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// objects are what a module outside of its memory refers to, by number: wasm-bindgen compiles Rust for JavaScript, where they are
// JavaScript's. The module that draws has byte arrays, lists of them, and errors, and reaches them by the functions of bindings.
type objects struct{ values []any }

type objectsKey struct{}

// withObjects returns a context in which an instance has objects.
func withObjects(ctx context.Context) (context.Context, *objects) {
	o := &objects{values: []any{nil}} // no object has the number 0
	return context.WithValue(ctx, objectsKey{}, o), o
}

// maxObjects is far more than an image needs.
const maxObjects = 1 << 10

var errObject = errors.New("an object that does not exist, or that is of another kind")

// add returns the number of an object.
func (o *objects) add(v any) uint64 {
	if len(o.values) >= maxObjects {
		panic(errObject)
	}
	o.values = append(o.values, v)
	return uint64(len(o.values) - 1)
}

// find returns the object of a number. It reports false if that is of another kind.
func find[T any](o *objects, number uint64) (v T, ok bool) {
	if n := uint32(number); n < uint32(len(o.values)) {
		v, ok = o.values[n].(T)
	}
	return v, ok
}

// object is find for functions that the module calls: it panics, which ends the module with an error.
func object[T any](o *objects, number uint64) T {
	v, ok := find[T](o, number)
	if !ok {
		panic(errObject)
	}
	return v
}

type (
	// wholeMemory stands for the memory of the module, as an object and as bytes.
	wholeMemory struct{}

	// A list of byte arrays is iterated over by an iterator, whose steps have a value until the list ends.
	list     [][]byte
	iterator struct{ rest list }
	step     struct {
		value []byte
		done  bool
	}
)

// A binding is a function that the module imports from JavaScript. It replaces its first argument by its result.
type binding func(o *objects, memory api.Memory, stack []uint64)

// bindings are the functions by their names, without the numbers that wasm-bindgen adds where a name is unique.
var bindings = map[string]binding{
	"__wbindgen_memory":          func(o *objects, _ api.Memory, s []uint64) { s[0] = o.add(wholeMemory{}) },
	"__wbindgen_object_drop_ref": dropObject,
	"__wbindgen_string_get":      refuseString,
	"__wbindgen_string_new":      newError,
	"__wbindgen_throw":           throwError,
	"new_28c511d9baebfa89":       newError,
	"new_63b92bc8671ed464":       copyBytes,
	"newwithbyteoffsetandlength": viewBytes,
	"buffer":                     func(o *objects, _ api.Memory, s []uint64) { s[0] = o.add(object[wholeMemory](o, s[0])) },
	"instanceof_Uint8Array":      func(o *objects, _ api.Memory, s []uint64) { object[[]byte](o, s[0]); s[0] = 1 },
	"length":                     func(o *objects, _ api.Memory, s []uint64) { s[0] = uint64(len(object[[]byte](o, s[0]))) },
	"set":                        setBytes,
	"values":                     func(o *objects, _ api.Memory, s []uint64) { s[0] = o.add(&iterator{object[list](o, s[0])}) },
	"next":                       func(o *objects, _ api.Memory, s []uint64) { s[0] = o.add(object[*iterator](o, s[0]).next()) },
	"done":                       isDone,
	"value":                      func(o *objects, _ api.Memory, s []uint64) { s[0] = o.add(object[step](o, s[0]).value) },
}

// bindingOf returns the function for an import of wasm-bindgen. What this package has no use for ends the module.
func bindingOf(name string) api.GoModuleFunc {
	name = strings.TrimPrefix(name, "__wbg_")
	call, ok := bindings[name]
	if at := strings.LastIndexByte(name, '_'); !ok && at > 0 {
		call = bindings[name[:at]]
	}
	return func(ctx context.Context, m api.Module, stack []uint64) {
		o, ok := ctx.Value(objectsKey{}).(*objects)
		if !ok || call == nil {
			panic(fmt.Errorf("%s: %w", name, errObject))
		}
		call(o, m.Memory(), stack)
	}
}

// dropObject forgets an object, so that its bytes can be freed.
func dropObject(o *objects, _ api.Memory, s []uint64) {
	if n := uint32(s[0]); n < uint32(len(o.values)) {
		o.values[n] = nil
	}
}

// refuseString says that an object is not a string: (*(address, length), object).
func refuseString(_ *objects, m api.Memory, s []uint64) {
	if !m.WriteUint64Le(uint32(s[0]), 0) {
		panic(errOutside)
	}
}

// newError makes an error of a message: (address, length).
func newError(o *objects, m api.Memory, s []uint64) { s[0] = o.add(message(m, s[0], s[1])) }

// throwError ends the module with a message.
func throwError(_ *objects, m api.Memory, s []uint64) { panic(message(m, s[0], s[1])) }

func message(m api.Memory, at, n uint64) error {
	const most = 200
	text, ok := m.Read(uint32(at), min(uint32(n), most))
	if !ok {
		panic(errOutside)
	}
	return errors.New(strings.ToValidUTF8(string(text), "?"))
}

// viewBytes returns bytes of the memory, (memory, address, length), as a copy: the module only asks for it to copy them.
func viewBytes(o *objects, m api.Memory, s []uint64) {
	object[wholeMemory](o, s[0])
	view, ok := m.Read(uint32(s[1]), uint32(s[2]))
	if !ok {
		panic(errOutside)
	}
	s[0] = o.add(append([]byte(nil), view...))
}

// copyBytes returns a copy of bytes, which nobody modifies, or a view of the whole memory.
func copyBytes(o *objects, _ api.Memory, s []uint64) {
	n := uint32(s[0])
	if n >= uint32(len(o.values)) {
		panic(errObject)
	}
	s[0] = o.add(o.values[n])
}

// setBytes copies bytes into the memory: (memory, bytes, address).
func setBytes(o *objects, m api.Memory, s []uint64) {
	object[wholeMemory](o, s[0])
	if !m.Write(uint32(s[2]), object[[]byte](o, s[1])) {
		panic(errOutside)
	}
}

func (i *iterator) next() step {
	if len(i.rest) == 0 {
		return step{done: true}
	}
	value := i.rest[0]
	i.rest = i.rest[1:]
	return step{value: value}
}

func isDone(o *objects, _ api.Memory, s []uint64) {
	done := object[step](o, s[0]).done
	s[0] = 0
	if done {
		s[0] = 1
	}
}
