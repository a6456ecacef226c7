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
)

//go:embed sharp.mjs
var sharpScript []byte

// A Sharp runs sharp in a process of Node.js until Close. sharp uses one thread per operation and no cache, and otherwise
// its defaults.
type Sharp struct {
	Versions string // of sharp, libvips and node

	command   *exec.Cmd
	requests  io.WriteCloser // lines of JSON
	responses *bufio.Reader  // lines of JSON
	dir       string         // for the original and the results
	loaded    string         // name of the original that the process has in memory
}

// ErrNoSharp is the error if node is not installed, or does not find sharp.
var ErrNoSharp = errors.New("sharp is not installed")

// StartSharp starts node, which looks for sharp in the node_modules of a folder and of the folders above it.
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
	requests, errIn := s.command.StdinPipe()
	responses, errOut := s.command.StdoutPipe()
	if err := errors.Join(errIn, errOut, s.command.Start()); err != nil {
		return err
	}
	s.requests, s.responses = requests, bufio.NewReader(responses)
	var hello struct{ Sharp, Vips, Node string }
	if err := s.read(&hello); err != nil {
		return fmt.Errorf("%w in %s or above it: npm install sharp", ErrNoSharp, folder)
	}
	s.Versions = fmt.Sprintf("sharp %s, libvips %s, node %s", hello.Sharp, hello.Vips, hello.Node)
	return nil
}

// Close ends the process.
func (s *Sharp) Close() error {
	if s.requests != nil {
		s.requests.Close() // the process exits at the end of its input
		_ = s.command.Wait()
	}
	return os.RemoveAll(s.dir)
}

// roundTrip sends a request, and reads the response.
func (s *Sharp) roundTrip(request, response any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := s.requests.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("sharp: %w", err)
	}
	return s.read(response)
}

func (s *Sharp) read(response any) error {
	line, err := s.responses.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("sharp: %w", err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil || failed.Error != "" {
		return fmt.Errorf("sharp: %s", line)
	}
	return json.Unmarshal(line, response)
}

// resize makes variants one after another. If whole is set, it also measures memory and returns the variants.
func (s *Sharp) resize(o *Original, whole bool, ts []sharpTransform) (Cost, [][]byte, error) {
	if err := s.load(o); err != nil {
		return Cost{}, nil, err
	}
	request := struct {
		Transforms []sharpTransform `json:"transforms"`
		Out        string           `json:"out,omitempty"`
		Memory     bool             `json:"memory"`
	}{Transforms: ts, Memory: whole}
	if whole {
		request.Out = s.dir
	}
	var response struct {
		CPU, Wall, MB float64
		Bytes         int
	}
	if err := s.roundTrip(request, &response); err != nil {
		return Cost{}, nil, err
	}
	cost := Cost{CPU: response.CPU, Wall: response.Wall, MB: response.MB, Bytes: response.Bytes}
	if !whole {
		return cost, nil, nil
	}
	var variants [][]byte
	for i := range ts {
		variant, err := os.ReadFile(filepath.Join(s.dir, strconv.Itoa(i)))
		if err != nil {
			return cost, nil, err
		}
		variants = append(variants, variant)
	}
	return cost, variants, nil
}

// load has the process read an original into memory, so that reading files is not measured.
func (s *Sharp) load(o *Original) error {
	if s.loaded == o.Name {
		return nil
	}
	file := filepath.Join(s.dir, "original")
	if err := os.WriteFile(file, o.Body, 0o600); err != nil {
		return err
	}
	if err := s.roundTrip(map[string]string{"file": file}, &struct{}{}); err != nil {
		return err
	}
	s.loaded = o.Name
	return nil
}
