package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/willabides/kongplete"
)

type completionCommand struct {
	Shell string `arg:"" optional:"" enum:"bash,zsh,fish," default:"" help:"bash, zsh or fish. Default: the shell in $SHELL."`
}

// Help is shown by completion --help.
func (c *completionCommand) Help() string {
	return "For bash, in ~/.bashrc, or zsh, in ~/.zshrc: source <(imgorigin completion). " +
		"For fish: imgorigin completion fish > ~/.config/fish/completions/imgorigin.fish."
}

// completionScripts have each shell run this program to complete a line. Where it knows no word, there may be a file or folder.
var completionScripts = map[string]string{
	"bash": "complete -o default -C '%[1]s' imgorigin\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -C '%[1]s' imgorigin\n",
	"fish": `function __complete_imgorigin
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    set -l words ('%[1]s')
    if test (count $words) -gt 0
        printf '%%s\n' $words
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -f -c imgorigin -a '(__complete_imgorigin)'
`,
}

// Run prints the script of a shell.
func (c *completionCommand) Run(stdout io.Writer) error {
	shell := c.Shell
	if shell == "" {
		shell = filepath.Base(os.Getenv("SHELL"))
	}
	script, ok := completionScripts[shell]
	if !ok {
		return fmt.Errorf("completion for %q: want bash, zsh or fish", shell)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, script, strings.ReplaceAll(program, "'", `'\''`))
	return err
}

// completeLine prints what completes the line in $COMP_LINE, and reports whether a shell has asked for that.
func completeLine(values *settings, stdout io.Writer) (done bool, err error) {
	if values.getenv("COMP_LINE") == "" {
		return false, nil
	}
	parser, err := newParser(values, stdout, nil)
	if err == nil {
		kongplete.Complete(parser, kongplete.WithExitFunc(func(int) { done = true }))
	}
	return done, err
}
