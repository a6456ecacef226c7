package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// isSetting reports whether a flag is one of the program's own, not --help and the like.
func isSetting(f *kong.Flag) bool {
	return f.Name != "help" && f.Name != "help-all" && f.Name != "version" && !f.Hidden
}

// hasEnv reports whether a flag can be given in the environment. Flags tagged noenv can't: they share their name with a
// flag of another command that means something else.
func hasEnv(f *kong.Flag) bool { return isSetting(f) && !f.Tag.Has("noenv") }

// envOf returns the environment variable of a flag: that of --max-age is IMGORIGIN_MAX_AGE.
func envOf(f *kong.Flag) string {
	return "IMGORIGIN_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// helpWithEnv returns the help of a flag, with its environment variable, and with its default if kong does not show that
// behind the name of the flag, where a placeholder stands.
func helpWithEnv(v *kong.Value) string {
	if v.Flag == nil {
		return v.Help
	}
	help := v.Help
	if v.Default != "" && (v.Flag.PlaceHolder != "" || v.IsBool()) {
		help += " Default: " + v.Default + "."
	}
	if hasEnv(v.Flag) {
		help += " ($" + envOf(v.Flag) + ")"
	}
	return help
}

// An environment is the values of flags that are not on the command line: those of the environment, or else of a file.
type environment struct {
	getenv func(string) string
	file   configFile
}

// load reads the file that --config names, if any.
func (s *environment) load(args []string) error {
	path := configPath(args, s.getenv)
	if path == "" {
		return nil
	}
	flags, err := settingFlags(s)
	if err != nil {
		return err
	}
	s.file, err = loadConfig(path, flags, s.getenv)
	return err
}

// of returns the value of a flag, and where it comes from.
func (s *environment) of(f *kong.Flag) (value, from string, ok bool) {
	if !hasEnv(f) {
		return "", "", false
	}
	if value := s.getenv(envOf(f)); value != "" {
		return value, "$" + envOf(f), true
	}
	set, ok := s.file.settings[f.Name]
	return set.value, set.at, ok
}

// resolver has kong take flags that are not given from the settings.
func (s *environment) resolver() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value, _, ok := s.of(flag); ok {
			return value, nil
		}
		return nil, nil
	})
}

var flagName = regexp.MustCompile(`--([a-z0-9-]+)`)

// mentionSource adds to an error that mentions flags where their values can be set, if they are missing, or where a bad value
// came from: the environment, or a line of a file.
func mentionSource(err error, parser *kong.Kong, args []string, values *environment) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	isMissing := strings.HasPrefix(text, "missing flags")
	var sources []string
	for _, found := range flagName.FindAllStringSubmatch(text, -1) {
		f := findFlag(parser, found[1])
		if f == nil || !hasEnv(f) || isGiven(args, found[0]) {
			continue
		}
		_, source, ok := values.of(f)
		if isMissing {
			source, ok = "$"+envOf(f), true
		}
		if ok && !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	switch {
	case len(sources) == 0:
		return err
	case isMissing:
		return fmt.Errorf("%w, or set %s", err, strings.Join(sources, ", "))
	}
	return fmt.Errorf("%w (from %s)", err, strings.Join(sources, ", "))
}

// isGiven reports whether a flag is on the command line.
func isGiven(args []string, flag string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return name == flag
	})
}

// findFlag returns the first flag of a name, of the command that runs or, if the parser knows those of others, of any; nil if
// there is none.
func findFlag(parser *kong.Kong, name string) *kong.Flag {
	for _, command := range parser.Model.Leaves(false) {
		for _, f := range command.Flags {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

// unknownSettings returns the variables of an environment that are named like settings but are none, each with the
// setting that was probably meant. The parser is asked first: mostly all settings are of the command that runs.
func unknownSettings(parser *kong.Kong, values *environment, environ []string) ([]string, error) {
	unknown := withoutFlags(environ, settingFlagsOf(parser))
	if len(unknown) == 0 {
		return nil, nil
	}
	flags, err := settingFlags(values)
	if err != nil {
		return nil, err
	}
	unknown = withoutFlags(environ, flags)
	for i, name := range unknown {
		nearest, distance := configVariable, levenshtein(name, configVariable)
		for _, f := range flags {
			if d := levenshtein(name, envOf(f)); d < distance {
				nearest, distance = envOf(f), d
			}
		}
		if distance <= 3 {
			unknown[i] += ", did you mean " + nearest + "?"
		}
	}
	return unknown, nil
}

// withoutFlags returns the names of variables that are named like settings, and are not of flags.
func withoutFlags(environ []string, flags []*kong.Flag) (names []string) {
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		isOwn := strings.HasPrefix(name, "IMGORIGIN_") && !strings.HasPrefix(name, "IMGORIGIN_TEST_")
		isOf := func(f *kong.Flag) bool { return envOf(f) == name }
		if isOwn && name != configVariable && !slices.ContainsFunc(flags, isOf) {
			names = append(names, name)
		}
	}
	return names
}

// levenshtein returns the number of letters that must be inserted, deleted or replaced to turn a into b.
func levenshtein(a, b string) int {
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
