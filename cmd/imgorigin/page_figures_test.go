package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The figures in README's headline are those of the tables of measurements: the range of the CPU time of sharp for JPEGs, with AVX2
// and in a plain build, and that of the bytes saved at equal score.
func TestPagesHeadline(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	bench, err := os.ReadFile("bench/README.md")
	must(t, err)
	headline := strings.Join(strings.Fields(string(readme)), " ")

	var fast, plain []float64
	for _, row := range tableRows(string(bench), `\| JPEG of \d+ MP → JPEG \| \d+\.\d+ · `) {
		for _, cell := range regexp.MustCompile(`(\d+\.\d+)\D+(\d+\.\d+)`).FindAllStringSubmatch(row, -1) {
			fast, plain = append(fast, parseNumber(t, cell[1])), append(plain, parseNumber(t, cell[2]))
		}
	}
	if len(fast) != 12 {
		t.Fatalf("got %d cells of JPEGs, want 12", len(fast))
	}
	var answers, warmed []float64
	for _, row := range tableRows(string(bench), `\| \d+ px, median[^|]*\| -`) {
		cells := strings.Split(row, "|")
		answers = append(answers, -parseNumber(t, strings.TrimSpace(cells[2])))
		warmed = append(warmed, -parseNumber(t, strings.TrimSpace(cells[4])))
	}
	if len(answers) != 3 {
		t.Fatalf("got %d rows of bytes, want 3", len(answers))
	}
	for _, want := range []string{
		fmt.Sprintf("sharp 0.35.5 needs %s times the CPU time of imgorigin", span("%.1f", fast)),
		fmt.Sprintf("and %s times that of a plain `go build`", span("%.1f", plain)),
		fmt.Sprintf("the JPEGs are %s %% smaller than sharp's at quality 80, and %s %% when they are made ahead", span("%.0f", answers), span("%.0f", warmed)),
	} {
		if !strings.Contains(headline, want) {
			t.Errorf("README.md has not %q, as the tables say", want)
		}
	}
}

// tableRows returns the lines of a page that begin with a pattern.
func tableRows(page, pattern string) []string {
	return regexp.MustCompile(`(?m)^(?:`+pattern+`).*$`).FindAllString(page, -1)
}

// span writes the least and the most of some numbers.
func span(format string, numbers []float64) string {
	return fmt.Sprintf(format+" to "+format, slices.Min(numbers), slices.Max(numbers))
}

func parseNumber(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	must(t, err)
	return n
}
