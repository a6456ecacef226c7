// Package usage defines the errors that decide the exit code of a process.
//
//	Error      arguments, flags or settings that it can't work with    exit code 2, as that of the flag package, and a hint at --help
//	ExitCode   it has printed all there is to say                      that exit code
//	any other  what it did has failed                                  exit code 1, and the error
package usage

import (
	"errors"
	"fmt"
)

// An ExitCode is the error of a command that has printed everything itself.
type ExitCode int

// Error implements the interface error.
func (c ExitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }

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
