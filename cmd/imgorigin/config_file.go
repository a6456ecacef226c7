package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3" // kept by the YAML organization; gopkg.in/yaml.v3, of which it is the successor, is archived
)

// A configFile holds the settings of --config: values of flags by their names. The zero value has none.
//
//	originals: s3://photos/2026
//	widths: [320, 640, 1280]
//	sources: {shop/: https://cdn.example.com/media/}
//	sign-keys: [file:/run/secrets/sign-key, env:OLD_SIGN_KEY]
type configFile struct {
	settings map[string]fileSetting // by name of a flag
}

// A fileSetting is a setting of a file, as the flag takes it.
type fileSetting struct {
	value string
	at    string // file and line
}

// configBytes bounds a file of settings.
const configBytes = 1 << 20

// configVariable is the variable of --config.
const configVariable = "IMGORIGIN_CONFIG"

// configPath returns the file that --config names on the command line, or else the environment; "" for none.
func configPath(args []string, getenv func(string) string) string {
	path := getenv(configVariable)
	for i, arg := range args {
		value, isFlag := strings.CutPrefix(arg, "--config=")
		switch {
		case arg == "--":
			return path
		case isFlag:
			path = value
		case arg == "--config" && i+1 < len(args):
			path = args[i+1]
		}
	}
	return path
}

// loadConfig reads a file of settings. flags are those that it may set.
func loadConfig(path string, flags []*kong.Flag, getenv func(string) string) (c configFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return c, fmt.Errorf("--config: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, configBytes+1))
	if err == nil && len(text) > configBytes {
		err = fmt.Errorf("more than %d bytes", configBytes)
	}
	if err != nil {
		return c, fmt.Errorf("--config %s: %w", path, err)
	}
	d := configDecoder{path: path, flags: flags, getenv: getenv}
	return d.decode(string(text))
}

// A configDecoder decodes a file of settings.
type configDecoder struct {
	path   string
	flags  []*kong.Flag
	getenv func(string) string
}

// errorf returns an error that names the line of a node.
func (d configDecoder) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %w", d.at(n), fmt.Errorf(format, args...))
}

func (d configDecoder) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", d.path, n.Line) }

func (d configDecoder) decode(text string) (c configFile, err error) {
	c.settings = make(map[string]fileSetting)
	documents := yaml.NewDecoder(strings.NewReader(text))
	var document, another yaml.Node
	switch err := documents.Decode(&document); {
	case errors.Is(err, io.EOF):
		return c, nil
	case err != nil:
		return c, d.syntaxError(err)
	}
	if documents.Decode(&another) == nil {
		return c, d.errorf(&another, "a second document: want all settings in one")
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return c, d.errorf(root, "want settings, as max-age: 24h")
	}
	for i := 0; i < len(root.Content); i += 2 {
		name, value := root.Content[i], root.Content[i+1]
		flag, err := d.flagOf(name)
		if err != nil {
			return c, err
		}
		if before, ok := c.settings[flag.Name]; ok {
			return c, d.errorf(name, "%s is set already, at %s", name.Value, before.at)
		}
		s := fileSetting{at: d.at(name)}
		if s.value, err = d.valueOf(flag, value); err != nil {
			return c, err
		}
		c.settings[flag.Name] = s
	}
	return c, nil
}

var lineOfSyntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError returns the error of a text that is not YAML, with the line in front. The package leaves out the first line.
func (d configDecoder) syntaxError(err error) error {
	found := lineOfSyntaxError.FindStringSubmatch(err.Error())
	if found == nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	text := strings.TrimPrefix(err.Error(), found[0])
	if text == "found character that cannot start any token" {
		text = "a character that can't be there, such as a tab: indent by spaces, and put quotes around text that begins with @, ` or %"
	}
	return fmt.Errorf("%s:%s: %s", d.path, cmp.Or(found[1], "1"), text)
}

// flagOf returns the flag that a name stands for. That of a flag which may be repeated may be in the plural.
func (d configDecoder) flagOf(name *yaml.Node) (*kong.Flag, error) {
	singular := strings.TrimSuffix(name.Value, "s")
	for _, f := range d.flags {
		if f.Name == name.Value || f.IsSlice() && f.Name == singular {
			return f, nil
		}
	}
	var names []string
	for _, f := range d.flags {
		names = append(names, f.Name)
	}
	meant := strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name.Value, "_", "-")), "imgorigin-") // as in the environment
	nearest := slices.MinFunc(names, func(a, b string) int { return levenshtein(meant, a) - levenshtein(meant, b) })
	if levenshtein(meant, nearest) <= min(3, len(meant)/2) {
		return nil, d.errorf(name, "unknown setting %s, did you mean %s?", name.Value, nearest)
	}
	return nil, d.errorf(name, "unknown setting %s: want the name of a flag without --", name.Value)
}

// valueOf returns a value as the flag takes it: a scalar as it is, and the elements of a list, or NAME=VALUE for those of a
// map, with separators between them.
func (d configDecoder) valueOf(flag *kong.Flag, n *yaml.Node) (string, error) {
	n = resolved(n)
	separator := ','
	if flag.IsSlice() {
		separator = flag.Tag.Sep
	}
	var elements []string
	switch n.Kind {
	case yaml.ScalarNode:
		return d.scalar(n)
	case yaml.SequenceNode:
		for _, element := range n.Content {
			value, err := d.scalar(resolved(element))
			if err != nil {
				return "", err
			}
			elements = append(elements, value)
		}
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			value, err := d.scalar(resolved(n.Content[i+1]))
			if err != nil {
				return "", err
			}
			elements = append(elements, n.Content[i].Value+"="+value)
		}
	}
	if len(elements) == 0 {
		return "", d.errorf(n, "%s has no value", flag.Name)
	}
	return kong.JoinEscaped(elements, separator), nil
}

// resolved returns the node that an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// scalar returns a value, which may be in a file or a variable of the environment: file:/run/secrets/key, env:KEY.
func (d configDecoder) scalar(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", d.errorf(n, "want a value, or a list of values")
	}
	if name, ok := strings.CutPrefix(n.Value, "env:"); ok {
		value := d.getenv(name)
		if value == "" {
			return "", d.errorf(n, "the variable %s is not set", name)
		}
		return value, nil
	}
	if name, ok := strings.CutPrefix(n.Value, "file:"); ok {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", d.errorf(n, "%w", err)
		}
		value := strings.TrimRight(string(text), "\r\n")
		if value == "" {
			return "", d.errorf(n, "%s is empty", name)
		}
		return value, nil
	}
	return n.Value, nil
}
