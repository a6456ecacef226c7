package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// BenchmarkColdStart measures how long a new process of the Lambda function takes until it has answered its first
// request, and for comparison how long a process takes that only prints its version. The difference is what Lambda
// calls the init of the function.
func BenchmarkColdStart(b *testing.B) {
	executable, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	start := func(env string, args ...string) *exec.Cmd {
		command := exec.Command(executable, args...)
		command.Env = append(os.Environ(), "IMGORIGIN_TEST_AS_MAIN=1", env)
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		return command
	}
	b.Run("version", func(b *testing.B) {
		for b.Loop() {
			if err := start("", "version").Wait(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lambda", func(b *testing.B) {
		originals := b.TempDir()
		for b.Loop() {
			runtime := intaketest.NewRuntime(b)
			command := start("AWS_LAMBDA_RUNTIME_API="+runtime.Addr, "lambda", "http", "--originals", originals, "--variants", "none")
			const healthz = `{"version":"2.0","rawPath":"/healthz","headers":{"host":"x"},` +
				`"requestContext":{"http":{"method":"GET","path":"/healthz"},"domainName":"x"}}`
			if _, err := runtime.Invoke(b.Context(), []byte(healthz)); err != nil {
				b.Fatal(err)
			}
			command.Process.Kill()
			command.Wait()
		}
	})
}
