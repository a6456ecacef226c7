package bench

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/imgorigin/imgorigin/resize"
)

//go:embed sharp.mjs
var sharpScript []byte

// A Sharp is node with sharp, in a process of its own that lives until Close. It has one thread for each operation,
// no cache, and its defaults for all else.
type Sharp struct {
	Versions string // of sharp, libvips and node

	command *exec.Cmd
	asks    io.WriteCloser
	answers *bufio.Reader
	dir     string // of results, and of the picture
	loaded  string // name of the picture that it holds
}

// ErrNoSharp says that there is no node here, or none that finds sharp.
var ErrNoSharp = errors.New("sharp is not to be had")

// StartSharp starts node, which looks for sharp in node_modules of a folder and of those above it.
func StartSharp(folder string) (*Sharp, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSharp, err)
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	s := new(Sharp)
	if s.dir, err = os.MkdirTemp("", "imgorigin-bench-"); err != nil {
		return nil, err
	}
	if err := s.start(node, folder); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Sharp) start(node, folder string) error {
	script := filepath.Join(s.dir, "sharp.mjs")
	if err := os.WriteFile(script, sharpScript, 0o600); err != nil {
		return err
	}
	s.command = exec.Command(node, script, folder)
	asks, errIn := s.command.StdinPipe()
	answers, errOut := s.command.StdoutPipe()
	if err := errors.Join(errIn, errOut, s.command.Start()); err != nil {
		return err
	}
	s.asks, s.answers = asks, bufio.NewReader(answers)
	var hello struct{ Sharp, Vips, Node string }
	if err := s.read(&hello); err != nil {
		return fmt.Errorf("%w in %s or above it: npm install sharp", ErrNoSharp, folder)
	}
	s.Versions = fmt.Sprintf("sharp %s, libvips %s, node %s", hello.Sharp, hello.Vips, hello.Node)
	return nil
}

// Close ends the process.
func (s *Sharp) Close() error {
	if s.asks != nil {
		s.asks.Close() // the end of its input is the end of it
		_ = s.command.Wait()
	}
	return os.RemoveAll(s.dir)
}

func (s *Sharp) ask(question, answer any) error {
	line, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if _, err := s.asks.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("sharp: %w", err)
	}
	return s.read(answer)
}

func (s *Sharp) read(answer any) error {
	line, err := s.answers.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("sharp: %w", err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil || failed.Error != "" {
		return fmt.Errorf("sharp: %s", line)
	}
	return json.Unmarshal(line, answer)
}

// A sharpTransform is a transform as the script takes it.
type sharpTransform struct {
	Width   int    `json:"width"`
	Format  string `json:"format"`
	Quality int    `json:"quality"`
}

// resize does transforms one after another. Results are read back only where they are wanted.
func (s *Sharp) resize(p *Picture, whole bool, ts []resize.Transform) (Cost, [][]byte, error) {
	if err := s.load(p); err != nil {
		return Cost{}, nil, err
	}
	question := struct {
		Transforms []sharpTransform `json:"transforms"`
		Out        string           `json:"out,omitempty"`
		Memory     bool             `json:"memory"`
	}{Memory: whole}
	for _, t := range ts {
		question.Transforms = append(question.Transforms, sharpTransform{t.Width, string(t.Format), t.Quality})
	}
	if whole {
		question.Out = s.dir
	}
	var answer struct {
		CPU, Wall, MB float64
		Bytes         int
	}
	if err := s.ask(question, &answer); err != nil {
		return Cost{}, nil, err
	}
	cost := Cost{CPU: answer.CPU, Wall: answer.Wall, MB: answer.MB, Bytes: answer.Bytes}
	if !whole {
		return cost, nil, nil
	}
	var variants [][]byte
	for i := range ts {
		one, err := os.ReadFile(filepath.Join(s.dir, strconv.Itoa(i)))
		if err != nil {
			return cost, nil, err
		}
		variants = append(variants, one)
	}
	return cost, variants, nil
}

// load makes it hold a picture: reading files is not what is measured.
func (s *Sharp) load(p *Picture) error {
	if s.loaded == p.Name {
		return nil
	}
	file := filepath.Join(s.dir, "original")
	if err := os.WriteFile(file, p.Body, 0o600); err != nil {
		return err
	}
	if err := s.ask(map[string]string{"file": file}, &struct{}{}); err != nil {
		return err
	}
	s.loaded = p.Name
	return nil
}
