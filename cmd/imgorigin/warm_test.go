package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Originals are warmed with a summary as JSON, dropped, and moved back from quarantine when they are repaired.
func TestWarmDropRedrive(t *testing.T) {
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(400, 300), 80)
	save := func(name string, body []byte) {
		t.Helper()
		writeFile(t, filepath.Join(originals, name), body)
	}
	for i := range 5 {
		save(fmt.Sprintf("%d.jpg", i), photo)
	}
	save("bad.jpg", []byte("no image"))
	locations := []string{"--originals", originals, "--variants", variants, "--quarantine", quarantine, "--warm", "w=160,320&fm=auto"}
	command := func(want error, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), append(args, locations...), func(string) string { return "" }, &out); !errors.Is(err, want) {
			t.Errorf("%v: got %v, want %v: %s", args, err, want, &out)
		}
		return out.String()
	}
	got := command(usage.ExitCode(1), "warm")
	if !strings.Contains(got, `"done":5,`) || !strings.Contains(got, `"failed":1,`) || countFiles(t, variants) != 10 {
		t.Errorf("warm: got %s and %d files", got, countFiles(t, variants))
	}
	if got := command(nil, "warm", "0.jpg"); got != "0.jpg: 0 made, 2 there\n" {
		t.Errorf("the second time: got %s", got)
	}
	const byName = "4.jpg: 0 made, 2 there\nnone.jpg: no such original\n3.jpg: 0 made, 2 there\n"
	if got := command(usage.ExitCode(1), "warm", "4.jpg", "none.jpg", "3.jpg", "--prefix", "x", "--shard", "9/9"); got != byName {
		t.Errorf("by name: got %s, want %s", got, byName)
	}
	if command(nil, "drop", "0.jpg", "1.jpg"); countFiles(t, variants) != 6 {
		t.Errorf("drop: got %d files, want 6", countFiles(t, variants))
	}
	save("bad.jpg", photo)
	if got := command(nil, "redrive"); !strings.Contains(got, `"back":1,`) || countFiles(t, variants) != 8 {
		t.Errorf("redrive: got %s and %d files", got, countFiles(t, variants))
	}
}

// A job of an array of AWS Batch has one part of the work, and its own position.
func TestBatchShards(t *testing.T) {
	for _, test := range []struct {
		value, index, size string
		shard, shards      int
		isError            bool
	}{
		{"2/4", "", "", 1, 4, false},
		{"2/4", "0", "8", 1, 4, false}, // what is said goes first
		{"batch", "", "", 0, 1, false},
		{"batch", "0", "8", 0, 8, false},
		{"batch", "7", "8", 7, 8, false},
		{"batch", "8", "8", 0, 0, true},
		{"batch", "3", "", 0, 0, true},
		{"5/4", "", "", 0, 0, true},
		{"half", "", "", 0, 0, true},
	} {
		env := map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": test.index, "AWS_BATCH_JOB_ARRAY_SIZE": test.size}
		shard, shards, err := parseShard(test.value, func(name string) string { return env[name] })
		if shard != test.shard || shards != test.shards || (err != nil) != test.isError {
			t.Errorf("%+v: got %d of %d, %v", test, shard, shards, err)
		}
	}
	if got := stateOf("s3://bucket/warm-{shard}.json", 1); got != "s3://bucket/warm-2.json" {
		t.Errorf("got %s", got)
	}
}
