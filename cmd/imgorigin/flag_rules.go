package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// A flagRule says that a flag is useless or harmful without another flag, or together with another one. It holds for every
// command that has the flags, and for values that are not the default: a file of settings may list defaults.
type flagRule struct {
	flag     string
	needs    []string // flags of which at least one has to be given
	excludes string   // flag that must not be given
	commands []string // commands that the rule holds for; none for all
	why      string
}

// answeringCommands are the commands that answer requests for images, and the one that checks their settings. A worker may share
// the settings of a server without its keys, which it has no use for.
var answeringCommands = []string{"dev", "serve", "lambda http", "doctor"}

// flagRules are all the rules. Those of values, such as a queue that is given twice, are where the values are used.
var flagRules = []flagRule{
	{
		flag: "sign-required", needs: []string{"sign-keys", "dialect-keys"}, commands: answeringCommands,
		why: "without a key no signature is valid, and every image is refused",
	},
	{flag: "only-presets", needs: []string{"preset"}, why: "without a preset every unsigned URL is refused, as by --sign-required"},
	{flag: "exact", excludes: "sign-required", why: "unsigned URLs, which --exact is about, are refused"},
	{flag: "exact", excludes: "only-presets", why: "unsigned URLs get presets only"},
	{flag: "playground", excludes: "sign-required", why: "the playground requests images by unsigned URLs"},
	{flag: "playground", excludes: "only-presets", why: "the playground requests images without presets"},
	{flag: "playground", excludes: "origin-secret", why: "browsers, which open the playground, do not send the secret"},
	{flag: "open", excludes: "sign-required", why: "the playground requests images by unsigned URLs"},
	{flag: "open", excludes: "only-presets", why: "the playground requests images without presets"},
	{flag: "dialect-keys", needs: []string{"dialect"}},
	{flag: "dialect-sources", needs: []string{"dialect"}},
	{flag: "dialect-redirect", needs: []string{"dialect"}},
	{flag: "fallback-status", needs: []string{"fallback"}},
	{flag: "mezzanine", needs: []string{"variants"}, why: "mezzanines are stored with the variants"},
	{flag: "dead-letters", needs: []string{"quarantine"}, why: "originals that fail again have nowhere to go"},
	{
		flag: "dead-letters", excludes: "removals-queue", commands: []string{"lambda events"},
		why: "events of dead letters go back to --queue only",
	},
	{flag: "quarantine-move", needs: []string{"quarantine"}},
	{flag: "failures-table", needs: []string{"quarantine"}, why: "the table lists the originals in quarantine"},
	{flag: "purge", needs: []string{"distribution"}, why: "there is nothing to purge"},
	{
		flag: "uploads", needs: []string{"upload-tokens", "upload-user-header"},
		why: "without either, no client is allowed to upload",
	},
	{
		flag: "upload-user-header", needs: []string{"trusted-proxies"},
		why: "the header is accepted from these proxies only",
	},
	{flag: "upload-tokens", needs: []string{"uploads"}},
	{flag: "upload-user-header", needs: []string{"uploads"}},
	{flag: "upload-prefix", needs: []string{"uploads"}},
	{flag: "upload-types", needs: []string{"uploads"}},
	{flag: "upload-min-bytes", needs: []string{"uploads"}},
	{flag: "upload-max-bytes", needs: []string{"uploads"}},
	{flag: "upload-for", needs: []string{"uploads"}},
	{flag: "trace-ratio", needs: []string{"traces"}},
	{flag: "emf-every", needs: []string{"emf"}},
	{flag: "live-key", needs: []string{"live"}},
	{flag: "live-wait", needs: []string{"live"}},
}

// checkFlagRules returns an error for each rule that the flags of a command break.
func checkFlagRules(command string, flags []*kong.Flag) (broken []error) {
	byName := make(map[string]*kong.Flag)
	for _, f := range flags {
		byName[f.Name] = f
	}
	has := func(name string) bool { return byName[name] != nil }
	isGiven := func(name string) bool { return has(name) && differsFromDefault(byName[name]) }
	for _, rule := range flagRules {
		switch {
		case rule.commands != nil && !slices.Contains(rule.commands, command):
		case !isGiven(rule.flag):
		case rule.excludes != "":
			if isGiven(rule.excludes) {
				broken = append(broken, rule.errorf("--%s and --%s exclude each other", rule.flag, rule.excludes))
			}
		case slices.ContainsFunc(rule.needs, has) && !slices.ContainsFunc(rule.needs, isGiven):
			broken = append(broken, rule.errorf("--%s needs --%s", rule.flag, strings.Join(rule.needs, " or --")))
		}
	}
	return broken
}

// errorf returns an error that ends with the reason of the rule, if it needs one.
func (r flagRule) errorf(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if r.why != "" {
		text += ": " + r.why
	}
	return errors.New(text)
}

// differsFromDefault reports whether a flag has a value that is neither its default nor nothing.
func differsFromDefault(f *kong.Flag) bool {
	if f.Target.IsZero() {
		return false
	}
	if !f.HasDefault {
		return true
	}
	unchanged := reflect.New(f.Target.Type()).Elem()
	token := kong.Token{Type: kong.FlagValueToken, Value: f.Default}
	if err := f.Mapper.Decode(&kong.DecodeContext{Value: f.Value, Scan: kong.ScanFromTokens(token)}, unchanged); err != nil {
		return true
	}
	return !reflect.DeepEqual(f.Target.Interface(), unchanged.Interface())
}

// checkRulesOf returns an error for the first rule that a command line breaks. The doctor lists all of them itself.
func checkRulesOf(command *kong.Context) error {
	name := strings.TrimPrefix(command.Selected().FullPath(), command.Model.Name+" ")
	if broken := checkFlagRules(name, command.Flags()); len(broken) > 0 && name != "doctor" {
		return broken[0]
	}
	return nil
}
