package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The module of Terraform makes the stack of the template, so that there is one source of what is made. Its variables and
// outputs are written from the template's: go test ./deploy -run Template -update.
func TestTerraformModuleHasTheTemplatesParameters(t *testing.T) {
	s := readStack(t)
	for name, want := range map[string]string{"variables.tf": s.terraformVariables(), "outputs.tf": s.terraformOutputs()} {
		path := filepath.Join("terraform", name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is not what the template's parameters come to, %v: run go test ./deploy -run Template -update", path, err)
		}
	}
}

// Terraform waits for as long as CloudFormation may take. The provider's default is half an hour, after which Terraform takes a stack
// for failed that is being created.
func TestTerraformWaits(t *testing.T) {
	text, err := os.ReadFile("terraform/main.tf")
	if err != nil {
		t.Fatal(err)
	}
	_, stack, _ := strings.Cut(string(text), `resource "aws_cloudformation_stack" "this"`)
	_, timeouts, _ := strings.Cut(stack, "timeouts {")
	for _, operation := range []string{"create", "update", "delete"} {
		if !strings.Contains(timeouts, "    "+operation+" = \"2h\"\n") {
			t.Errorf("got no time to %s the stack in", operation)
		}
	}
}

const generated = "# Written by go test ./deploy -run Template -update.\n"

// snakeCase returns the name of a parameter or output as Terraform's are: VpcId is vpc_id.
func snakeCase(name string) string {
	return strings.ToLower(hump.ReplaceAllString(name, "${1}${3}_${2}${4}"))
}

// hcl returns a string as Terraform quotes it.
func hcl(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(text))
}

// terraformVariables returns a variable for each parameter, and the parameters by them.
func (s stack) terraformVariables() string {
	var out, parameters strings.Builder
	names := slices.Sorted(maps.Keys(s.Parameters))
	widest := 0
	for _, name := range names {
		widest = max(widest, len(name))
	}
	for _, name := range names {
		variable, value := s.terraformVariable(name)
		out.WriteString(variable)
		fmt.Fprintf(&parameters, "    %-*s = %s\n", widest, name, value)
	}
	return generated + out.String() + "\nlocals {\n  parameters = {\n" + parameters.String() + "  }\n}\n"
}

// terraformVariable returns the variable of a parameter, and the text that the parameter has by it.
func (s stack) terraformVariable(name string) (block, value string) {
	p, variable := s.Parameters[name], "var."+snakeCase(name)
	kind, preset, value := "string", "", variable
	if d, ok := p["Default"]; ok {
		preset = hcl(fmt.Sprint(d))
	}
	allowed := list(p["AllowedValues"])
	switch {
	case p["Type"] == "Number":
		kind, value = "number", "tostring("+variable+")"
		preset = fmt.Sprint(p["Default"])
	case p["Type"] == "CommaDelimitedList":
		kind, preset, value = "list(string)", "[]", `join(",", `+variable+")"
	case slices.Equal(allowed, []any{"true", "false"}):
		kind, value, allowed = "bool", "tostring("+variable+")", nil
		preset = fmt.Sprint(p["Default"])
	}
	block = fmt.Sprintf("\nvariable %q {\n  type        = %s\n", snakeCase(name), kind)
	if preset != "" {
		block += "  default     = " + preset + "\n"
	}
	block += "  nullable    = false\n  description = " + hcl(p["Description"].(string)) + "\n"
	condition, message := "", ""
	if pattern, ok := p["AllowedPattern"].(string); ok {
		condition, message = fmt.Sprintf("can(regex(%s, %s))", hcl("^(?:"+pattern+")$"), variable), "It does not match "+pattern+"."
	} else if allowed != nil {
		var quoted []string
		for _, v := range allowed {
			if kind == "number" {
				quoted = append(quoted, fmt.Sprint(v))
			} else {
				quoted = append(quoted, hcl(fmt.Sprint(v)))
			}
		}
		condition = fmt.Sprintf("contains([%s], %s)", strings.Join(quoted, ", "), variable)
		message = "It is one of " + strings.Trim(fmt.Sprint(allowed), "[]") + "."
	}
	if condition != "" {
		block += "  validation {\n    condition     = " + condition + "\n    error_message = " + hcl(message) + "\n  }\n"
	}
	return block + "}\n", value
}

// terraformOutputs returns an output for each output of the template. One whose condition does not hold is null.
func (s stack) terraformOutputs() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.Outputs)) {
		fmt.Fprintf(&out, "\noutput %q {\n  description = %s\n  value       = lookup(aws_cloudformation_stack.this.outputs, %q, null)\n}\n",
			snakeCase(name), hcl(s.Outputs[name]["Description"].(string)), name)
	}
	return generated + out.String()
}

// The variables come to the template's defaults by the Terraform that IMGORIGIN_TEST_TERRAFORM names, and refuse what the template
// does. The provider for AWS, which only makes the stack, is left out.
func TestTerraform(t *testing.T) {
	program := os.Getenv("IMGORIGIN_TEST_TERRAFORM")
	if program == "" {
		t.Skip("IMGORIGIN_TEST_TERRAFORM names no program")
	}
	s, dir := readStack(t), t.TempDir()
	variables, err := os.ReadFile(filepath.Join("terraform", "variables.tf"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(variables) + "\noutput \"parameters\" {\n  value = local.parameters\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	terraform := func(args ...string) ([]byte, error) {
		run := exec.CommandContext(t.Context(), program, args...)
		run.Dir = dir
		run.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
		return run.Output()
	}
	for _, args := range [][]string{{"init"}, {"validate"}, {"apply", "-auto-approve", "-var", "image=repository:1"}} {
		if out, err := terraform(args...); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	out, err := terraform("output", "-json", "parameters")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	for name, p := range s.Parameters {
		want := "repository:1"
		if d, ok := p["Default"]; ok {
			want = fmt.Sprint(d)
		}
		if got[name] != want {
			t.Errorf("%s: got %q by default, want %q", name, got[name], want)
		}
	}
	for _, wrong := range []string{"compute=cloud", "task_cpu=3", "kms_key_arn=key", "fan_out=maybe"} {
		if _, err := terraform("plan", "-var", "image=repository:1", "-var", wrong); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}
