package usage_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

func TestIn(t *testing.T) {
	const command = "imgorigin serve"
	wrong := usage.Errorf("--memory: %w", fs.ErrInvalid)
	for _, err := range []error{wrong, fmt.Errorf("read a file: %w", wrong), errors.Join(wrong, fs.ErrClosed)} {
		got := usage.In(command, err)
		named, ok := errors.AsType[usage.Error](got)
		if !ok || named.Command != command || got.Error() != err.Error() || !errors.Is(got, fs.ErrInvalid) {
			t.Errorf("%v: got %#v, want the same error with the command", err, got)
		}
	}
	for _, err := range []error{nil, fs.ErrNotExist} {
		if got := usage.In(command, err); got != err {
			t.Errorf("got %#v, want %v", got, err)
		}
	}
}
