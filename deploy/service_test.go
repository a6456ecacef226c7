package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// environments returns the environment variables of each process of the stack, by the name of the resource that runs
// it.
func (s stack) environments() map[string]object {
	all := make(map[string]object)
	for _, name := range s.of("AWS::Lambda::Function") {
		all[name] = dig(s.Resources[name].Properties, "Environment", "Variables").(object)
	}
	for _, name := range s.of("AWS::ECS::TaskDefinition") {
		for _, c := range list(s.Resources[name].Properties["ContainerDefinitions"]) {
			if dig(c, "Environment") == nil {
				continue // HttpSettings, which never runs
			}
			all[name] = make(object)
			for _, v := range list(dig(c, "Environment")) {
				all[name][dig(v, "Name").(string)] = dig(v, "Value")
			}
			for _, v := range list(dig(c, "Secrets")) {
				all[name][dig(v, "Name").(string)] = dig(v, "ValueFrom")
			}
		}
	}
	for _, name := range s.of("AWS::Batch::JobDefinition") {
		all[name] = make(object)
		for _, v := range list(dig(s.Resources[name].Properties, "ContainerProperties", "Environment")) {
			all[name][dig(v, "Name").(string)] = dig(v, "Value")
		}
	}
	return all
}

// The service gets the same ladder as the edge function, else it would refuse the function's paths. It stores variants
// where CloudFront looks for them.
func TestServiceAndEdgeAgree(t *testing.T) {
	all := readStack(t).environments()
	if len(all) != 6 {
		t.Errorf("got processes %v, want the service and the worker on either compute, dead letters on Lambda, and jobs", slices.Sorted(maps.Keys(all)))
	}
	for name, env := range all {
		for variable, parameter := range map[string]string{
			"WIDTHS": "Widths", "RATIOS": "Ratios", "QUALITIES": "Qualities", "MAX_AGE": "MaxAge",
			"STRICT": "Strict", "PRESET": "Presets", "ONLY_PRESETS": "OnlyPresets", "MARKS": "Marks", "DEFAULT_MARK": "DefaultMarks",
		} {
			if got := dig(env["IMGORIGIN_"+variable], "Ref"); got != parameter {
				t.Errorf("%s: IMGORIGIN_%s is %v, want parameter %s", name, variable, got, parameter)
			}
		}
		// CloudFront looks for /v/<key>/<normal form> in the bucket under just that name.
		if got := dig(env["IMGORIGIN_VARIANTS"], "Fn::Sub"); got != "s3://${Variants}/v" {
			t.Errorf("%s stores variants in %v", name, got)
		}
	}
	for name, env := range all { // the functions at the edge escape paths on Lambda
		if want := strings.HasSuffix(name, "Function"); (env["IMGORIGIN_ESCAPE_PATHS"] == "true") != want {
			t.Errorf("%s: IMGORIGIN_ESCAPE_PATHS is %v, want it to be set: %t", name, env["IMGORIGIN_ESCAPE_PATHS"], want)
		}
	}
	for _, name := range []string{"ServeTask", "HttpFunction"} {
		if !strings.Contains(fmt.Sprint(all[name]["IMGORIGIN_SIGN_KEYS"]), "SignKeysSecretArn") {
			t.Errorf("%s has no keys of signed URLs", name)
		}
	}
}

// Each hop waits longer for an answer than the hop behind it may take, and closes idle connections sooner than that
// hop, so that it never reuses a connection that is being closed.
func TestTimeoutsNest(t *testing.T) {
	s := readStack(t)
	// Seconds: the defaults of --gate-wait and --fill-timeout, and for how long serve keeps idle connections.
	const queues, fills, idle = 10, 25, 125
	for _, o := range list(dig(s.Resources["Distribution"].Properties, "DistributionConfig", "Origins"))[1:] {
		for _, kind := range []string{"VpcOriginConfig", "CustomOriginConfig"} {
			if got := dig(o, kind, "OriginReadTimeout").(int); got <= queues+fills {
				t.Errorf("%s: CloudFront waits %d s, the service may take %d", kind, got, queues+fills)
			}
			if got := dig(o, kind, "OriginKeepaliveTimeout").(int); got >= 120 {
				t.Errorf("%s: CloudFront keeps idle connections for %d s, the load balancer for 120", kind, got)
			}
		}
	}
	for _, a := range list(s.Resources["LoadBalancer"].Properties["LoadBalancerAttributes"]) {
		if dig(a, "Key") == "idle_timeout.timeout_seconds" && dig(a, "Value").(string) >= fmt.Sprint(idle) {
			t.Errorf("the load balancer keeps idle connections for %v s, the service for %d", dig(a, "Value"), idle)
		}
	}
	if got := dig(s.Resources["HttpFunction"].Properties, "Timeout").(int); got <= queues+fills {
		t.Errorf("the function's timeout is %d s, the service may take %d", got, queues+fills)
	}
}

// The memory that each process is configured to use, with 100 MiB for everything else, fits its task or function.
func TestMemoryFits(t *testing.T) {
	s := readStack(t)
	for name, env := range s.environments() {
		limit := s.Parameters["TaskMemory"]["Default"].(int) // MiB
		if strings.HasSuffix(name, "Function") {
			limit = s.Parameters["LambdaMemory"]["MinValue"].(int)
		}
		used := 100 + mebibytes(t, env["IMGORIGIN_MEMORY"]) + mebibytes(t, env["IMGORIGIN_GATE_MEMORY"])
		if used > limit {
			t.Errorf("%s may use %d MiB of %d", name, used, limit)
		}
	}
}

// mebibytes parses the value of a memory flag.
func mebibytes(t *testing.T, v any) (n int) {
	t.Helper()
	unit := ""
	_, _ = fmt.Sscanf(v.(string), "%d%s", &n, &unit)
	switch unit {
	case "GiB":
		return n << 10
	case "MiB":
		return n
	}
	if n != 0 {
		t.Fatalf("%v: want MiB or GiB", v)
	}
	return 0
}
