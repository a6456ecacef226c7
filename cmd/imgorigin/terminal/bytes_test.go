package terminal_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
)

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1 MiB", 512 << 20: "512 MiB",
		4_200_000_000: "3.9 GiB", 5 << 50: "5 PiB",
	} {
		if got := terminal.FormatBytes(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
