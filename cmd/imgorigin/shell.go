package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"
	"github.com/willabides/kongplete"
)

// complete answers a shell that wants to complete a line, and tells whether one does.
func complete(parser *kong.Kong, getenv func(string) string) (done bool) {
	if getenv("COMP_LINE") == "" {
		return false
	}
	kongplete.Complete(parser, kongplete.WithExitFunc(func(int) { done = true }))
	return done
}

type completionCommand struct {
	Shell string `arg:"" optional:"" enum:"bash,zsh,fish," default:"" help:"bash, zsh or fish; without it, that of $SHELL."`
}

// Help says what the line of the list has no room for.
func (c *completionCommand) Help() string {
	return "For bash, in ~/.bashrc, or zsh, in ~/.zshrc: source <(imgorigin completion). For fish: imgorigin completion fish > ~/.config/fish/completions/imgorigin.fish."
}

// completions are what a shell is told: to ask this program.
var completions = map[string]string{
	"bash": "complete -C '%[1]s' imgorigin\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -C '%[1]s' imgorigin\n",
	"fish": `function __complete_imgorigin
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    '%[1]s'
end
complete -f -c imgorigin -a '(__complete_imgorigin)'
`,
}

// Run prints what makes a shell complete this program's lines.
func (c *completionCommand) Run(stdout io.Writer) error {
	shell := c.Shell
	if shell == "" {
		shell = filepath.Base(os.Getenv("SHELL"))
	}
	text, ok := completions[shell]
	if !ok {
		return fmt.Errorf("completion for %q: want bash, zsh or fish", shell)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, text, strings.ReplaceAll(program, "'", `'\''`))
	return err
}

type manCommand struct{}

// Run prints the manual page, in the language of troff.
func (c *manCommand) Run(stdout io.Writer, parser *kong.Kong) error {
	for _, command := range parser.Model.Leaves(true) {
		command.Help, command.Detail = strings.TrimSpace(command.Help+"\n"+command.Detail), ""
		for _, f := range command.Flags {
			f.Help = helpOf(f.Value)
			if f.Default != "" {
				f.Help += " Default: " + f.Default + "."
			}
		}
	}
	_, err := io.WriteString(stdout, mangokong.NewManPage(1, parser.Model).Build(roff.NewDocument()))
	return err
}

type versionFlag bool

// BeforeReset prints the version in place of anything else.
func (f versionFlag) BeforeReset(app *kong.Kong) error {
	if err := new(versionCommand).Run(app.Stdout); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}

var flagName = regexp.MustCompile(`--([a-z0-9-]+)`)

// nameEnv adds the environment variables to an error that is about flags: those that could have been set where a flag
// is missing, or the one that a wrong value came from.
func nameEnv(err error, parser *kong.Kong, args []string, getenv func(string) string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	isMissing := strings.HasPrefix(text, "missing flags")
	var names []string
	for _, found := range flagName.FindAllStringSubmatch(text, -1) {
		f := flagOf(parser, found[1])
		isGiven := slices.ContainsFunc(args, func(arg string) bool {
			name, _, _ := strings.Cut(arg, "=")
			return name == found[0]
		})
		if f == nil || !hasEnv(f) || isGiven || !isMissing && getenv(envOf(f)) == "" {
			continue
		}
		if name := "$" + envOf(f); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return err
	case isMissing:
		return fmt.Errorf("%w, or set %s", err, strings.Join(names, ", "))
	}
	return fmt.Errorf("%w (from %s)", err, strings.Join(names, ", "))
}

// flagOf returns the first flag of a name, of any command.
func flagOf(parser *kong.Kong, name string) *kong.Flag {
	for _, command := range parser.Model.Leaves(false) {
		for _, f := range command.Flags {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

// strayEnv returns the variables that look like settings and are none, and what they might have meant.
func strayEnv(parser *kong.Kong, environ []string) (stray []string) {
	var known []string
	for _, command := range parser.Model.Leaves(false) {
		for _, f := range command.Flags {
			if hasEnv(f) {
				known = append(known, envOf(f))
			}
		}
	}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "IMGORIGIN_") || strings.HasPrefix(name, "IMGORIGIN_TEST_") || slices.Contains(known, name) {
			continue
		}
		best := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
		if distance(name, best) <= 3 {
			name += ", did you mean " + best + "?"
		}
		stray = append(stray, name)
	}
	return stray
}

// distance is how many letters must be put in, taken out or replaced to make b of a (Levenshtein's).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			least := min(row[j], row[j+1]) + 1
			if a[i] == b[j] {
				least = min(least, diagonal)
			} else {
				least = min(least, diagonal+1)
			}
			diagonal, row[j+1] = row[j+1], least
		}
	}
	return row[len(b)]
}
