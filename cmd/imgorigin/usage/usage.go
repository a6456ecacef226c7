// Package usage has the error of arguments, flags or settings that a command can't work with.
//
// The process of a command that returns it ends with exit code 2, as those of the flag package do, and names the --help to
// read. Any other error is a failure of what the command did, whose exit code is 1.
package usage

import (
	"errors"
	"fmt"
)

// An Error is the error of arguments, flags or settings.
type Error struct {
	Err     error
	Command string // whose --help is to be read, such as "imgorigin serve"; "" until [In] names it
}

// Error implements the interface error.
func (e Error) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e Error) Unwrap() error { return e.Err }

// Errorf returns an Error of the command that runs, with a text as [fmt.Errorf] has it.
func Errorf(format string, args ...any) error {
	return Error{Err: fmt.Errorf(format, args...)}
}

// In names the command in an Error. Other errors, and nil, are returned as they are.
func In(command string, err error) error {
	if _, ok := errors.AsType[Error](err); !ok {
		return err
	}
	return Error{err, command}
}
