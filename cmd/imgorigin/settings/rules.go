package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// A Rule says that a flag is useless or harmful without another flag, or together with another one. It holds for every
// command that has the flags, and for values that are not the default: a file of settings may list defaults.
type Rule struct {
	Flag     string
	Needs    []string // flags of which at least one has to be given
	Excludes string   // flag that must not be given
	Commands []string // commands that the rule holds for; none for all
	Why      string
}

// answeringCommands are the commands that answer requests for images, and the one that checks their settings. A worker may share
// the settings of a server without its keys, which it has no use for.
var answeringCommands = []string{"dev", "serve", "lambda http", "doctor"}

// Rules are all the rules. Those of values, such as a queue that is given twice, are where the values are used.
var Rules = []Rule{
	{
		Flag: "sign-required", Needs: []string{"sign-keys", "dialect-keys"}, Commands: answeringCommands,
		Why: "without a key no signature is valid, and every image is refused",
	},
	{Flag: "only-presets", Needs: []string{"preset"}, Why: "without a preset every unsigned URL is refused, as by --sign-required"},
	{Flag: "exact", Excludes: "sign-required", Why: "unsigned URLs, which --exact is about, are refused"},
	{Flag: "exact", Excludes: "only-presets", Why: "unsigned URLs get presets only"},
	{Flag: "playground", Excludes: "sign-required", Why: "the playground requests images by unsigned URLs"},
	{Flag: "playground", Excludes: "only-presets", Why: "the playground requests images without presets"},
	{Flag: "playground", Excludes: "origin-secret", Why: "browsers, which open the playground, do not send the secret"},
	{Flag: "open", Excludes: "sign-required", Why: "the playground requests images by unsigned URLs"},
	{Flag: "open", Excludes: "only-presets", Why: "the playground requests images without presets"},
	{Flag: "dialect-keys", Needs: []string{"dialect"}},
	{Flag: "dialect-sources", Needs: []string{"dialect"}},
	{Flag: "dialect-redirect", Needs: []string{"dialect"}},
	{Flag: "fallback-status", Needs: []string{"fallback"}},
	{Flag: "mezzanine", Needs: []string{"variants"}, Why: "mezzanines are stored with the variants"},
	{Flag: "dead-letters", Needs: []string{"quarantine"}, Why: "originals that fail again have nowhere to go"},
	{
		Flag: "dead-letters", Excludes: "removals-queue", Commands: []string{"lambda events"},
		Why: "events of dead letters go back to --queue only",
	},
	{Flag: "quarantine-move", Needs: []string{"quarantine"}},
	{Flag: "failures-table", Needs: []string{"quarantine"}, Why: "the table lists the originals in quarantine"},
	{Flag: "purge", Needs: []string{"distribution"}, Why: "there is nothing to purge"},
	{
		Flag: "uploads", Needs: []string{"upload-tokens", "upload-user-header"},
		Why: "without either, no client is allowed to upload",
	},
	{
		Flag: "upload-user-header", Needs: []string{"trusted-proxies"},
		Why: "the header is accepted from these proxies only",
	},
	{Flag: "upload-tokens", Needs: []string{"uploads"}},
	{Flag: "upload-user-header", Needs: []string{"uploads"}},
	{Flag: "upload-prefix", Needs: []string{"uploads"}},
	{Flag: "upload-types", Needs: []string{"uploads"}},
	{Flag: "upload-min-bytes", Needs: []string{"uploads"}},
	{Flag: "upload-max-bytes", Needs: []string{"uploads"}},
	{Flag: "upload-for", Needs: []string{"uploads"}},
	{Flag: "trace-ratio", Needs: []string{"traces"}},
	{Flag: "emf-every", Needs: []string{"emf"}},
	{Flag: "live-key", Needs: []string{"live"}},
	{Flag: "live-wait", Needs: []string{"live"}},
}

// CheckRules returns an error for each rule that the flags of a command break.
func CheckRules(command string, flags []*kong.Flag) (broken []error) {
	byName := make(map[string]*kong.Flag)
	for _, f := range flags {
		byName[f.Name] = f
	}
	has := func(name string) bool { return byName[name] != nil }
	isGiven := func(name string) bool { return has(name) && differsFromDefault(byName[name]) }
	for _, rule := range Rules {
		switch {
		case rule.Commands != nil && !slices.Contains(rule.Commands, command):
		case !isGiven(rule.Flag):
		case rule.Excludes != "":
			if isGiven(rule.Excludes) {
				broken = append(broken, rule.errorf("--%s and --%s exclude each other", rule.Flag, rule.Excludes))
			}
		case slices.ContainsFunc(rule.Needs, has) && !slices.ContainsFunc(rule.Needs, isGiven):
			broken = append(broken, rule.errorf("--%s needs --%s", rule.Flag, strings.Join(rule.Needs, " or --")))
		}
	}
	return broken
}

// errorf returns an error that ends with the reason of the rule, if it needs one.
func (r Rule) errorf(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if r.Why != "" {
		text += ": " + r.Why
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
