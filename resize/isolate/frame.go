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

// Kinds of frames.
const (
	kindReady   = 'r' // the worker is sealed; the payload is a JSON list of its protections
	kindVariant = 'v' // a variant of transform index
	kindFault   = 'f' // a fault of transform index
	kindStage   = 's' // a stage ended; the index is its duration in microseconds, the payload its name
	kindMore    = 'm' // a call of More; the answer is a message with the transforms
	kindSpare   = 'p' // a call of Spare, with the bytes as 64 bits in the payload; the answer is a message with Lent
	kindDone    = 'd' // a call of what Spare returned for the processor with the number index
	kindEnd     = 'e' // the job is finished; the payload is the fault of the image, empty if there is none
)

// A frame is what a worker sends. On the wire the kind comes first, then index and length of the payload as 32 bits each,
// then the payload.
type frame struct {
	kind    byte
	index   int // its meaning depends on the kind
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

// errFrame means that a worker violates the protocol: its image may have taken control of it.
var errFrame = errors.New("violation of the protocol")

// readFrame reads a frame with a payload of up to limit bytes. The memory that it allocates grows with the bytes that
// arrive, not with the length that is announced.
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

// A readiness is the payload of a frame of kindReady, in JSON.
type readiness struct {
	Protections []string
	Memory      memoryUse
}

// A memoryUse is the data and the address space that a worker has mapped before its first job, in bytes. It is zero if
// that is not known.
type memoryUse struct{ Data, Space uint64 }

// A message is what a pool sends to a worker: a job, or the answer to a call of More or Spare. On the wire it is JSON,
// behind its length as 32 bits.
type message struct {
	// Engine configures the engine for the job.
	Engine settings

	// Transforms are those of the job, or those that More returned.
	Transforms []resize.Transform

	// Marks are those of the job.
	Marks map[string][]byte

	// Size is the size of the image in bytes. IsShared means that the image is in the memory that pool and worker
	// share; otherwise its bytes follow the message.
	Size     int64
	IsShared bool

	// Memory is the estimate of the bytes that the job takes.
	Memory int64

	// Stage, More and Spare report whether the job has these functions.
	Stage, More, Spare bool

	// Lent is the number of the processor that Spare lends, from 1; 0 if it lends none.
	Lent int
}

// settings are the configuration of an engine without its codecs: those are functions, which every worker has itself.
type settings struct {
	Limits       resize.Limits
	Quality      resize.Quality
	EncoderScale bool
	AutoScore    float64
	Thorough     bool
	Lenient      bool

	Progressive bool
	SVG         bool
}

func settingsOf(c resize.EngineConfig) settings {
	return settings{c.Limits, c.Quality, c.EncoderScale, c.AutoScore, c.Thorough, c.Lenient, c.Progressive, c.SVG}
}

func (s settings) config() resize.EngineConfig {
	return resize.EngineConfig{
		Limits: s.Limits, Quality: s.Quality, EncoderScale: s.EncoderScale, AutoScore: s.AutoScore,
		Thorough: s.Thorough, Lenient: s.Lenient, Progressive: s.Progressive, SVG: s.SVG,
	}
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

// faults are the errors that an error from a worker can match, by their names on the wire.
var faults = map[string]error{
	"corrupt": resize.ErrCorrupt, "unsupported": resize.ErrUnsupported, "large": resize.ErrTooLarge,
	"rect": resize.ErrRect, "bytes": resize.ErrBytes, "unavailable": resize.ErrUnavailable,
	"mark": resize.ErrMark,
}

// A fault is an error from a worker.
type fault struct {
	Is   string `json:",omitempty"` // key of faults
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
		panic(err) // two strings can always be marshaled
	}
	return body
}

// maxText bounds the text of a fault, in bytes: it is logged, and clients receive it.
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
