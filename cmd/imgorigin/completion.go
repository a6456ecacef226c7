package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/willabides/kongplete"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
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
// In zsh and fish, the word that is completed includes the flag of --flag=value; in bash, it begins after the equals sign.
var completionScripts = map[string]string{
	"bash": "complete -o default -C '%[1]s' imgorigin\n",
	"zsh": `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_imgorigin() {
    local -a found
    found=("${(@f)$(COMP_LINE="${words[1,CURRENT]}" '%[1]s')}")
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _imgorigin imgorigin
`,
	"fish": `function __complete_imgorigin
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    set -l flag (string match -r '^--[^=]+=' -- (commandline -ct))
    set -l words ('%[1]s')
    if test (count $words) -eq 0
        set words (__fish_complete_path (string replace -r '^--[^=]+=' '' -- (commandline -ct)))
    end
    test (count $words) -gt 0; and printf '%%s\n' "$flag"$words
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
		return usage.Errorf("$SHELL is %q: want bash, zsh or fish, as in imgorigin completion bash", os.Getenv("SHELL"))
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, script, strings.ReplaceAll(program, "'", `'\''`))
	return err
}

// completeLine prints what completes the line in $COMP_LINE, and reports whether a shell has asked for that.
func completeLine(values *environment, stdout io.Writer) (done bool, err error) {
	line := values.getenv("COMP_LINE")
	if line == "" {
		return false, nil
	}
	if program, topic, isHelp := strings.Cut(line, " help "); isHelp && !strings.Contains(program, " ") {
		os.Setenv("COMP_LINE", program+" "+topic) // the arguments of help are commands; kongplete reads the variable
	}
	parser, err := newParser(values, stdout, nil)
	if err == nil {
		kongplete.Complete(parser, kongplete.WithExitFunc(func(int) { done = true }))
	}
	return done, err
}
