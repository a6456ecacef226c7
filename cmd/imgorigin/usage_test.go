package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Help is for people who ask for it, on the standard output. Errors in what was typed end with 2, failures with 1.
func TestUsage(t *testing.T) {
	const folder = "samples"
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	for _, test := range []struct {
		args           []string
		code           int
		stdout, stderr string // parts of what is printed; "" if nothing is
	}{
		{nil, 2, "", "Usage: imgorigin <command>"},
		{[]string{"help"}, 0, "Usage: imgorigin <command>", ""},
		{[]string{"--help"}, 0, "Usage: imgorigin <command>", ""},
		{[]string{"help", "lambda", "http"}, 0, "Usage: imgorigin lambda http", ""},
		{[]string{"help", "nonesuch"}, 2, "", "unexpected argument nonesuch"},
		{[]string{"nonesuch"}, 2, "", `Run "imgorigin --help" for help.`},
		{[]string{"serve"}, 2, "", `Run "imgorigin serve --help" for help.`},
		{[]string{"serve", "--max-age", "soon"}, 2, "", "want a duration such as 90s, 36h, 30d or 2w"},
		{[]string{"lambda"}, 2, "", `Run "imgorigin lambda --help" for help.`},
		{[]string{"drop", "--originals", folder, "--variants", "none"}, 2, "", `Run "imgorigin drop --help" for help.`},
		{[]string{"sign", "--sign-keys", "k", "--for", "-1s", "/img/cat.jpg"}, 2, "", "--for"},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--gate-queue", "0"}, 2, "", "want 1 or more"},
		{[]string{"serve", "--originals", folder + "/nonesuch", "--variants", "none"}, 1, "", "no such file"},
		{[]string{"serve", "--originals", "", "--variants", "none"}, 2, "", "--originals: it is empty"},
		{[]string{"serve", "--originals", "s3:/photos", "--variants", "none"}, 2, "", "want s3://bucket/prefix"},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--listen", ""}, 2, "", `listen on "": want an address such as :8080`},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--listen", "8080"}, 2, "", `listen on "8080": want an address`},
		{
			[]string{"serve", "--originals", folder, "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", ""},
			2, "", "--admin-listen: listen on",
		},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--memory", "lots"}, 2, "", `"lots": want a size such as 512KiB`},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--sign-keys", ""}, 2, "", "--sign-keys: it is empty"},
		{[]string{"serve", "--revalidate"}, 2, "", "--revalidate: want a value\n"},
		{[]string{"sign", "--sign-keys", "", "/img/cat.jpg"}, 2, "", "--sign-keys: it is empty"},
		{[]string{"sign", "--sign-keys", "k", ""}, 2, "", `"" is not the URL of an image`},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?w=x"}, 2, "", `w: got "x", takes`},
		{[]string{"sign", "--sign-keys", "k", "/img/cat.jpg?s=x"}, 2, "", "the URL is already signed"},
		{[]string{"sign", "--sign-keys", "k", "/img/%zz.jpg"}, 2, "", "invalid URL escape"},
		{[]string{"explain", "/img/%zz.jpg"}, 2, "", "invalid URL escape"},
		{[]string{"edge", "--test-url", "/img/%zz.jpg"}, 2, "", "invalid URL escape"},
		{[]string{"drop", "--originals", folder, "--variants", t.TempDir(), ""}, 2, "", "a key is empty"},
		{[]string{"warm", "--originals", folder, "--variants", t.TempDir(), "--warm", "w=a"}, 2, "", `--warm: w: got "a"`},
		{[]string{"warm", "--originals", folder, "--variants", "none"}, 2, "", "--variants: want the location to put variants in"},
		{[]string{"serve", "--widths", "320 640"}, 2, "", `--widths: want a whole number but got "320 640"`},
		{[]string{"serve", "--trace-ratio", "x"}, 2, "", `--trace-ratio: want a number but got "x"`},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--widths", "0"}, 2, "", "--widths 0: want 1 or more"},
		{[]string{"plan", "--originals", "10", "--views", "10", "--widths", "320,9999"}, 2, "", "--widths 9999: want 8192 at most"},
		{[]string{"edge", "--qualities", "101"}, 2, "", "--qualities 101: want 100 at most"},
		{[]string{"explain", "--widths", "3840", "--ratios", "1:1000", "/img/cat.jpg"}, 2, "", "ratio 1:1000 at the smallest width 3840"},
		{[]string{"edge", "--widths", "3840", "--ratios", "1:1000"}, 2, "", "ratio 1:1000 at the smallest width 3840"},
		{[]string{"edge", "--formats", "jpeg,webb"}, 2, "", `--formats: "webb": want one of jpeg, png, webp, avif, gif`},
		{[]string{"edge", "--formats", "jpg", "--parameters"}, 0, "Formats=jpeg\n", ""},
		{[]string{"doctor", "--originals", folder, "--variants", "none", "--formats", "heic"}, 2, "", `--formats: "heic": want one of jpeg`},
		{[]string{"bench", "--formats", "tiff"}, 2, "", `--formats: this build writes jpeg`},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--preset", "a=w=x"}, 2, "", `preset a: w: got "x"`},
		{[]string{"edge", "--preset", "a=w=x"}, 2, "", `preset a: w: got "x"`},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--traces", "collector"}, 2, "", "--traces: want a URL such as"},
		{[]string{"serve", "--originals", folder, "--variants", "none", "--trusted-proxies", "10.0.0"}, 2, "", "want an address such as 10.1.2.3"},
		{[]string{"dev", "usage_test.go"}, 2, "", "usage_test.go is not an image"},
		{[]string{"completion", "csh"}, 2, "", `shell: want one of "bash","zsh","fish" but got "csh"`},
		{[]string{"dev", "--listen", taken.Addr().String()}, 1, "", "imgorigin: listen on " + taken.Addr().String() + ": address already in use: end"},
		{[]string{"health", "--listen", "127.0.0.1:1"}, 1, "", "refused"},
		{[]string{"health", "--listen", "8080"}, 2, "", `--listen "8080": want an address such as :8080`},
	} {
		stdout, stderr, code := outcome(t, nil, test.args...)
		if code != test.code || !holds(stdout, test.stdout) || !holds(stderr, test.stderr) {
			t.Errorf("%q: got exit code %d\nstdout %q\nstderr %q", test.args, code, stdout, stderr)
		}
	}
}

// outcome runs a command in a process of its own, to its end.
func outcome(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), executable, args...)
	command.Env = append(append(os.Environ(), "IMGORIGIN_TEST_AS_MAIN=1"), env...)
	command.Stdout, command.Stderr = &out, &errs
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), code
}

// holds reports whether s contains a part, or is empty if that is "".
func holds(s, part string) bool {
	if part == "" {
		return s == ""
	}
	return strings.Contains(s, part)
}
