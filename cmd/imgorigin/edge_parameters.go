package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/deploy"
)

// printParameters prints the parameters of the template for these settings, as aws cloudformation deploy --parameter-overrides takes
// them. It refuses settings that the template has no parameter for.
func (c *edgeCommand) printParameters(stdout io.Writer, config deploy.EdgeConfig) error {
	if c.Exact {
		return usage.Errorf("--parameters and --exact: the template has no parameter for it; set the variable of the service, " +
			"and replace the code of the function by what imgorigin edge prints")
	}
	edgePresets, edgeMarks, err := config.TemplateParameters()
	if err != nil {
		return usage.Error{Err: err}
	}
	var formats []string
	for _, f := range settings.WritableFormats() {
		if config.Encodes(f) {
			formats = append(formats, string(f))
		}
	}
	ladder, err := c.Ladder().Normal()
	if err != nil {
		return usage.Error{Err: err}
	}
	ratios := make([]string, len(c.Ratios)) // without the inverses, which the template adds
	for i, r := range c.Ratios {
		ratios[i] = r.String()
	}
	parameters := [][2]string{
		{"Widths", commas(ladder.Widths)}, {"Ratios", strings.Join(ratios, ",")}, {"Qualities", commas(ladder.Qualities)},
		{"Formats", strings.Join(formats, ",")}, {"SignedUrls", string(config.Signing)},
		{"Strict", strconv.FormatBool(c.Strict)}, {"OnlyPresets", strconv.FormatBool(c.OnlyPresets)}, {"Marks", c.Marks},
		{"Presets", joined(c.Preset)}, {"DefaultMarks", joined(c.DefaultMark)}, {"EdgePresets", edgePresets}, {"EdgeMarks", edgeMarks},
	}
	for _, p := range parameters {
		if _, err := fmt.Fprintf(stdout, "%s=%s\n", p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// joined returns the texts of values with semicolons between them.
func joined[T fmt.Stringer](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	return strings.Join(texts, ";")
}

// commas returns numbers with commas between them.
func commas(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ","), "[]")
}
