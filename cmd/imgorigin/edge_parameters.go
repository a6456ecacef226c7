package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/resize"
)

// printParameters prints the parameters of the template that the edge function and both services read URLs by, as
// aws cloudformation deploy --parameter-overrides takes them. It refuses settings that the template has no parameter for.
func (c *edgeCommand) printParameters(stdout io.Writer, config deploy.EdgeConfig) error {
	for flag, isSet := range map[string]bool{
		"--preset": len(c.Preset) > 0, "--only-presets": c.OnlyPresets, "--strict": c.Strict, "--exact": c.Exact, "--marks": c.Marks != "",
		"--default-mark": len(c.DefaultMark) > 0,
	} {
		if isSet {
			return usagef("--parameters and %s: the template has no parameter for it; set the variable of the service, "+
				"and replace the code of the function by what imgorigin edge prints", flag)
		}
	}
	var formats []string
	for _, f := range resize.Formats() {
		if f != resize.Auto && f.IsImage() && len(f.Words()) > 0 && config.Encodes(f) {
			formats = append(formats, string(f))
		}
	}
	ladder, err := c.ladder().Normal()
	if err != nil {
		return err
	}
	ratios := make([]string, len(c.Ratios)) // without the inverses, which the template adds
	for i, r := range c.Ratios {
		ratios[i] = r.String()
	}
	_, err = fmt.Fprintf(stdout, "Widths=%s\nRatios=%s\nQualities=%s\nFormats=%s\nSignedUrls=%s\n",
		commas(ladder.Widths), strings.Join(ratios, ","), commas(ladder.Qualities), strings.Join(formats, ","), config.Signing)
	return err
}

// commas returns numbers with commas between them.
func commas(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ","), "[]")
}
