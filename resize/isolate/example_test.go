package isolate_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
)

// A program is its own worker: it starts itself with an argument that makes it call Serve.
func Example() {
	if len(os.Args) > 1 && os.Args[1] == "decode" {
		err := isolate.Serve(func(c resize.EngineConfig, _ bool) resize.Engine { return resize.NewEngine(c) })
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	program, err := os.Executable()
	if err != nil {
		panic(err)
	}
	pool, err := isolate.New(context.Background(), isolate.Config{
		Command: func() *exec.Cmd { return exec.Command(program, "decode") },
	})
	if err != nil {
		panic(err)
	}
	defer pool.Close()

	engine := pool.Engine(resize.EngineConfig{})
	src, err := os.ReadFile("cat.jpg")
	if err != nil {
		panic(err)
	}
	variants, err := engine.Resize(context.Background(), src, resize.Transform{Width: 480})
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile("small.jpg", variants[0], 0o600); err != nil {
		panic(err)
	}
}
