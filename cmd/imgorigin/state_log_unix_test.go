//go:build unix

package main

import (
	"encoding/json"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/samples"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A worker shows its state in the log at SIGUSR1, and at --admin-listen.
func TestSignalShowsState(t *testing.T) {
	queues := new(intaketest.SQS)
	endpoint := queues.Serve(t)
	queue := queues.Create("events", time.Minute, "", 0)
	command, out := process(t, awsEnv(endpoint), "work", "--queue", queue,
		"--originals", t.TempDir(), "--variants", t.TempDir(), "--admin-listen", "127.0.0.1:0")
	admin := "http://" + out.await(t, `"admin":"([^"]+)"`)

	if err := command.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	line := out.await(t, `(?m)^(\{.*"msg":"state".*\})$`)
	var logged struct{ State server.State }
	if err := json.Unmarshal([]byte(line), &logged); err != nil || logged.State.Goroutines == 0 || logged.State.Gate.Budget != 512<<20 {
		t.Errorf("got %s, %v", line, err)
	}

	response, body := get(t, admin+"/debug/state")
	var shown server.State
	if err := json.Unmarshal(body, &shown); err != nil || response.StatusCode != 200 || shown.Gate != logged.State.Gate {
		t.Errorf("got %s: %s, %v", response.Status, body, err)
	}
	if _, body := get(t, admin+"/metrics"); !strings.Contains(string(body), "imgorigin_queue_in_flight 0\n") {
		t.Error("the metrics of the worker have none of its queue")
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("got %v: %s", err, out)
	}
}

func TestStateIsLoggedAtAnyLevel(t *testing.T) {
	origin, err := server.New(server.Config{Originals: originals.Folder{FS: samples.Files}, Engine: build.NewEngine(resize.Limits{})})
	if err != nil {
		t.Fatal(err)
	}
	var out output
	logState(t.Context(), origin, slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelError})))
	if !strings.Contains(out.String(), `"state":{"at":`) {
		t.Errorf("got %q", &out)
	}
}
