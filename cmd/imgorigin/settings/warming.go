package settings

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// WarmingFlags say what is made of an original before anybody asks for it.
type WarmingFlags struct {
	Warm       string `common:"" group:"events" default:"w=320,640,1080" placeholder:"PARAMETERS" help:"Variants to make of new originals, as URL parameters with one or more values each, such as w=320,640&fm=webp,jpeg. A semicolon separates several sets: w=320;preset=avatar. Without fm, they are made in the formats that most browsers negotiate."`
	WarmAtOnce int    `group:"events" default:"0" help:"Number of originals to warm at the same time; 0 for the number of processors."`
}

// Transforms returns the transforms that --warm stands for: one for each combination of its values, as unsigned URLs come
// to them.
func (f WarmingFlags) Transforms(urls URLFlags, engine resize.Engine) ([]resize.Transform, error) {
	ladder, err := urls.Ladder().Normal()
	if err != nil {
		return nil, usage.Errorf("--warm: %w", err)
	}
	presets, err := grammar.ParsePresets(urls.Preset)
	if err != nil {
		return nil, usage.Errorf("--warm: %w", err)
	}
	unsigned := grammar.Grammar{
		Ladder: ladder, Encodes: engine.Encodes, Strict: true, Presets: presets, OnlyPresets: urls.OnlyPresets,
	}
	var transforms []resize.Transform
	warm := f.Warm
	if urls.OnlyPresets && warm == defaultWarm { // no URL asks for these
		warm = allPresets(urls.Preset)
	}
	for parameters := range strings.SplitSeq(warm, ";") {
		for _, query := range combinations(parameters, commonFormats(engine), urls.Preset) {
			request, err := unsigned.Parse("original", query, "", time.Now())
			if err != nil {
				return nil, usage.Errorf("--warm: %w", err)
			}
			if !slices.Contains(transforms, request.Transform) {
				transforms = append(transforms, request.Transform)
			}
		}
	}
	return transforms, nil
}

// commonFormats returns the values of fm that most browsers end up with when they negotiate: WebP where this build
// writes it, and for the others the format that suits the original.
func commonFormats(engine resize.Engine) string {
	if engine.Encodes(resize.WebP) {
		return "webp,auto"
	}
	return "auto"
}

// defaultWarm is the default of --warm.
const defaultWarm = "w=320,640,1080"

// allPresets returns parameters for the variants of all presets.
func allPresets(presets []grammar.Preset) string {
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return "preset=" + strings.Join(names, ",")
}

// combinations expands parameters with several values each, as in w=320,640&fm=webp,jpeg, to a query for each choice of
// one value per parameter. Queries without a format, of their own or of their preset, are combined with formats.
func combinations(parameters, formats string, presets []grammar.Preset) (all []string) {
	if parameters == "" {
		return nil
	}
	queries := []string{""}
	for parameter := range strings.SplitSeq(parameters, "&") {
		name, values, _ := strings.Cut(parameter, "=")
		queries = combine(queries, name, values)
	}
	for _, query := range queries {
		if hasFormat(query, presets) {
			all = append(all, query)
		} else {
			all = append(all, combine([]string{query}, "fm", formats)...)
		}
	}
	return all
}

// hasFormat reports whether a query, or its preset, names a format.
func hasFormat(query string, presets []grammar.Preset) bool {
	values, err := url.ParseQuery(query)
	if err != nil {
		return false // it is refused with its error
	}
	for _, name := range []string{"fm", "format", "f", "auto"} {
		if values.Has(name) {
			return true
		}
	}
	isNamed := func(p grammar.Preset) bool { return p.Name == values.Get("preset") && hasFormat(p.Query, nil) }
	return slices.ContainsFunc(presets, isNamed)
}

// combine returns each query with each value of a parameter.
func combine(queries []string, name, values string) (longer []string) {
	for _, query := range queries {
		for value := range strings.SplitSeq(values, ",") {
			longer = append(longer, strings.TrimPrefix(query+"&"+name+"="+url.QueryEscape(value), "&"))
		}
	}
	return longer
}
