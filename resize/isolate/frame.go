package isolate

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// What a frame of a worker is.
const (
	kindReady   = 'r' // the worker is sealed; the payload lists how
	kindVariant = 'v' // one variant
	kindFault   = 'f' // what is wrong with one transform
	kindStage   = 's' // a stage ended; the index is its length in microseconds, the payload its name
	kindMore    = 'm' // a call of More; it is answered by a message with the transforms
	kindSpare   = 'p' // a call of Spare with the number of bytes in the payload; it is answered by a message with Lent
	kindDone    = 'd' // the processor with the number of the index is given back
	kindEnd     = 'e' // of the job; the payload is what is wrong with the picture, empty for nothing
)

// A frame is what a worker says: a kind, the transform that it is about, and a payload whose length goes before it.
type frame struct {
	kind    byte
	index   int
	payload []byte
}

const frameHeader = 1 + 4 + 4

func writeFrame(w io.Writer, f frame) error {
	head := make([]byte, 0, frameHeader)
	head = append(head, f.kind)
	head = binary.BigEndian.AppendUint32(head, uint32(f.index))
	head = binary.BigEndian.AppendUint32(head, uint32(len(f.payload)))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(f.payload)
	return err
}

// errFrame says that a worker does not keep to the protocol: it is not in its right mind any more.
var errFrame = errors.New("not a frame")

// readFrame reads what a worker says. A payload takes memory as it comes, not as it is announced, and no more than
// limit bytes.
func readFrame(r io.Reader, limit int64) (frame, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: head[0], index: int(binary.BigEndian.Uint32(head[1:]))}
	size := int64(binary.BigEndian.Uint32(head[5:]))
	if size > limit {
		return frame{}, fmt.Errorf("%w: %d bytes, more than %d", errFrame, size, limit)
	}
	var b bytes.Buffer
	b.Grow(int(min(size, 1<<20)) + bytes.MinRead)
	if n, err := io.Copy(&b, io.LimitReader(r, size)); err != nil || n < size {
		return frame{}, errors.Join(err, io.ErrUnexpectedEOF)
	}
	f.payload = b.Bytes()
	return f, nil
}

// A message is what a pool sends to a worker: a job, or the answer to a call of More or Spare. The image of a job is in
// the memory that worker and pool share, or follows the message.
type message struct {
	Engine     settings
	Transforms []resize.Transform // of the job, or those that More returned
	Size       int64              // of the image, bytes
	IsShared   bool
	Memory     int64 // bytes that making the transforms takes

	Stage, More, Spare bool // whether the job has these functions

	Lent int // number of the processor that Spare lends; 0 for none
}

// settings are a configuration of engines without its codecs, which are the worker's own.
type settings struct {
	Limits   resize.Limits
	Quality  resize.Quality
	Thorough bool
	Lenient  bool

	Progressive bool
}

func settingsOf(c resize.EngineConfig) settings {
	return settings{c.Limits, c.Quality, c.Thorough, c.Lenient, c.Progressive}
}

func (s settings) config() resize.EngineConfig {
	return resize.EngineConfig{Limits: s.Limits, Quality: s.Quality, Thorough: s.Thorough, Lenient: s.Lenient, Progressive: s.Progressive}
}

func writeMessage(w io.Writer, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

func readMessage(r io.Reader) (m message, err error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return m, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(r, body); err != nil {
		return m, err
	}
	return m, json.Unmarshal(body, &m)
}

// faults are the errors that the two sides have in common, by the name that they have in between.
var faults = map[string]error{
	"corrupt": resize.ErrCorrupt, "unsupported": resize.ErrUnsupported, "large": resize.ErrTooLarge, "rect": resize.ErrRect,
}

// A fault is an error that came from a worker: its text, and which of the common ones it matches.
type fault struct {
	Is   string `json:",omitempty"`
	Text string
}

func (f *fault) Error() string { return f.Text }

func (f *fault) Unwrap() error { return faults[f.Is] }

func encodeFault(err error) []byte {
	if err == nil {
		return nil
	}
	f := fault{Text: err.Error()}
	for name, target := range faults {
		if errors.Is(err, target) {
			f.Is = name
		}
	}
	body, err := json.Marshal(f)
	if err != nil {
		panic(err) // two strings always marshal
	}
	return body
}

// maxText bounds what a worker can make its owner log and tell the client.
const maxText = 300

func decodeFault(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	f := new(fault)
	if err := json.Unmarshal(payload, f); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	if len(f.Text) > maxText {
		f.Text = strings.ToValidUTF8(f.Text[:maxText], "") + "…"
	}
	return f
}
