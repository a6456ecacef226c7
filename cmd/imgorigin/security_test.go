package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// SECURITY.md lists exactly the direct dependencies, each with a reason.
func TestDependenciesHaveReasons(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var direct []string
	for _, line := range regexp.MustCompile(`(?m)^\t(\S+) v\S+( // indirect)?$`).FindAllStringSubmatch(read("go.mod"), -1) {
		if line[2] == "" {
			direct = append(direct, line[1])
		}
	}
	_, rest, _ := strings.Cut(read("SECURITY.md"), "<!-- dependencies -->")
	table, _, _ := strings.Cut(rest, "<!-- /dependencies -->")
	var listed []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \| .+ \|$`).FindAllStringSubmatch(table, -1) {
		listed = append(listed, row[1])
	}
	for _, module := range direct {
		if !slices.Contains(listed, module) {
			t.Errorf("go.mod requires %s, and SECURITY.md gives no reason", module)
		}
	}
	for _, module := range listed {
		if !slices.Contains(direct, module) {
			t.Errorf("SECURITY.md gives a reason for %s, which go.mod does not require", module)
		}
	}
	if len(direct) < 10 {
		t.Errorf("got %v", direct)
	}
}
