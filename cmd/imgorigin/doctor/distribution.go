package doctor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/deploy"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm/cdn"
)

// configMark is where the settings begin in the code of the edge function.
const configMark = "const config="

// checkDistribution compares the function of the distribution with the one of these settings.
func (d *doctor) checkDistribution(ctx context.Context) {
	const about = "distribution"
	if d.Distribution == "" {
		return
	}
	settings, ok := d.awsConfig(ctx, about)
	if !ok {
		return
	}
	client := cdn.NewClient(settings)
	distribution, err := client.Distribution(ctx, d.Distribution)
	if err != nil {
		d.addDiagnosis(bad, about, d.Distribution, cloud.Distribution.Diagnose(err))
		return
	}
	if !distribution.Enabled {
		d.add(bad, about, d.Distribution+" is not enabled", "")
	}
	d.checkPurge(distribution)
	d.checkOriginSecret(distribution)
	names := viewerFunctions(distribution)
	if len(names) == 0 {
		d.add(bad, about, "no behavior has a function for viewer requests: variants in the bucket are never found",
			"imgorigin edge prints it")
		return
	}
	for _, name := range names {
		code, err := client.Function(ctx, name)
		if err != nil {
			d.addDiagnosis(bad, about, "function "+name, cloud.Function.Diagnose(err))
			continue
		}
		if bytes.Contains(code, []byte(configMark)) {
			d.compareFunction(name, string(code))
			return
		}
	}
	d.add(bad, about, fmt.Sprintf("none of %s is imgorigin's function", strings.Join(names, ", ")),
		"imgorigin edge prints it")
}

// checkPurge reports whether the distribution keeps the tags by which these settings invalidate. If it does not,
// CloudFront accepts their invalidation all the same, and does nothing.
func (d *doctor) checkPurge(found cdn.Distribution) {
	const about = "distribution"
	hasTags := strings.EqualFold(found.TagHeader, cache.TagHeader)
	switch {
	case d.Purge == "tags" && !hasTags:
		d.add(bad, about, fmt.Sprintf("--purge tags, and its CacheTagConfig has the header %q: nothing is invalidated", found.TagHeader),
			"set HeaderName to "+strings.ToLower(cache.TagHeader)+", or --purge paths")
	case d.Purge == "paths" && hasTags:
		d.add(fair, about, "it keeps cache tags, but changed originals are invalidated by path, 15 at a time",
			"--purge tags, once all stored variants have tags")
	}
}

// checkOriginSecret checks that the distribution sends a secret if the service requires one. CloudFront does not show its value.
// Settings without a secret are fine where the distribution sends one: those of a worker have none.
func (d *doctor) checkOriginSecret(found cdn.Distribution) {
	const about = "distribution"
	sends := slices.ContainsFunc(found.Origins, func(o cdn.Origin) bool {
		return slices.ContainsFunc(o.Headers, func(name string) bool { return strings.EqualFold(name, server.SecretHeader) })
	})
	switch {
	case sends:
	case len(d.OriginSecret) > 0:
		d.add(bad, about, "--origin-secret, and none of its origins sends "+server.SecretHeader+": the service refuses every request",
			"add the header to the origin of the service, with the secret as its value")
	default:
		d.add(fair, about, "the service answers every client that finds its address, not its distribution alone",
			"--origin-secret, and the same as "+server.SecretHeader+" in the distribution's origin")
	}
}

// viewerFunctions returns the names of a distribution's functions for viewer requests.
func viewerFunctions(d cdn.Distribution) (names []string) {
	for _, behavior := range append(d.Behaviors, d.Default) {
		for _, function := range behavior.Functions {
			name := function.ARN[strings.LastIndexByte(function.ARN, '/')+1:]
			if function.Event == "viewer-request" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// compareFunction reports how a function differs from the one of these settings, in its settings or in its code.
func (d *doctor) compareFunction(name, code string) {
	const about = "distribution"
	want, err := deploy.EdgeFunction(d.EdgeConfig(d.Engine(false), d.formats, d.Exact))
	if err != nil {
		d.add(bad, about, err.Error(), "")
		return
	}
	liveSettings, liveCode := splitFunction(code)
	ownSettings, ownCode := splitFunction(want)
	differences := 0
	for _, key := range slices.Sorted(maps.Keys(ownSettings)) {
		live, own := liveSettings[key], ownSettings[key]
		switch {
		case key == "words" || key == "relayed": // which depend on the version alone
		case isSameSetting(key, live, own):
		case key == "sign" && len(d.SignKeys) == 0: // a worker checks URLs without having their keys
			d.add(fair, about, fmt.Sprintf("function %s has sign %v, and these settings have no keys of signed URLs", name, live),
				"if the service has them, all is well; if not, it refuses the URLs that the function lets pass")
		default:
			differences++
			d.add(bad, about, fmt.Sprintf("function %s has %s %v, the service %v", name, cmp.Or(namesOfSettings[key], key), live, own),
				"deploy the service first, the function last: imgorigin edge prints it")
		}
	}
	switch {
	case liveCode != ownCode || liveSettings["words"] != ownSettings["words"] || liveSettings["relayed"] != ownSettings["relayed"]:
		d.add(fair, about, fmt.Sprintf("function %s is of another version of imgorigin", name),
			"imgorigin edge prints this version's")
	case differences == 0:
		d.addGood(about, "%s is enabled, and its function %s is this service's", d.Distribution, name)
	}
}

// namesOfSettings are the flags of those settings of the function that have another name.
var namesOfSettings = map[string]string{"steps": "qualities", "only": "only-presets", "marks": "default-mark", "escape": "escape-paths"}

// isSameSetting reports whether a setting of a function is the one of the service. A function of another version may lack a
// setting, which is off in it.
func isSameSetting(key string, live, own any) bool {
	if key == "formats" {
		return reflect.DeepEqual(wordsOf(live), wordsOf(own))
	}
	return reflect.DeepEqual(live, own) || live == nil && own != true
}

// wordsOf returns the words of a list in a text, in an order of their own.
func wordsOf(list any) []string {
	text, _ := list.(string)
	return slices.Sorted(slices.Values(strings.Split(text, ",")))
}

// splitFunction takes the settings out of the code of a function. It returns no settings if they can't be parsed.
func splitFunction(code string) (settings map[string]any, rest string) {
	before, after, _ := strings.Cut(code, configMark)
	text, rest, _ := strings.Cut(after, ";\n")
	if json.Unmarshal([]byte(text), &settings) != nil {
		settings = nil
	}
	return settings, strings.TrimSpace(before + rest)
}
