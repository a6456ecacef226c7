// Package accesslog reads the requests for images from access logs:
//
//	CloudFront     standard logs, of both versions, as W3C or as JSON; real-time logs with all fields, or the first of them
//	S3             server access logs
//	imgorigin      its own log, as JSON, also behind the time or the name that a collector of logs puts before each line
//	URLs           a list, one a line, with or without scheme and host
//
// They may be compressed by gzip or zstd. Which log it is, is detected from its lines; the logs of some other services are
// recognised, to say so. Addresses, referers, cookies and user agents are skipped, and never kept.
//
// An Entry refers to the line that it was read from: nothing is allocated for a line.
package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// An Entry is a request. Its slices are valid only until the next one is read.
type Entry struct {
	Time   int64  // Unix seconds; 0 if the log has no times
	Edge   []byte // of CloudFront, such as FRA56-P1
	Status int    // 0 if the log has none
	Bytes  int64
	Path   []byte // percent-encoded
	Query  []byte
	Type   []byte // the media type of the answer, if the log has it
	Result Result
	Server Server
	Origin Origin

	isEpoch bool // Time is whole: a date and a time of day are not added to it

	// Of imgorigin's own log, in place of path and query.
	Original, Transform []byte
}

// A Result says where an answer came from.
type Result byte

// The results that logs tell apart.
const (
	Unknown Result = iota
	EdgeHit
	EdgeMiss
	Memory
	Store
	Fill
	ShieldHit // of Origin Shield; only CloudFront's detailed results tell it from a miss
	Other     // an error, a redirect or a refusal
)

// A Server is what wrote a log.
type Server byte

// The servers, from the one that viewers meet to the last behind it.
const (
	CDN Server = iota // or unknown, of a list of URLs
	Bucket
	Service
)

// An Origin says which origin answered what the CDN did not, as field sr-reason does of a group of two.
type Origin byte

// The origins of a group. First also stands for a distribution without a group.
const (
	UnknownOrigin Origin = iota
	First
	Second
)

// A Summary says what was read of a log.
type Summary struct {
	Format     string
	Lines      int64
	Unreadable int64
}

// A ForeignError is the error of a log that is not read.
type ForeignError struct {
	Service string
	Instead string // how to make something of it that is read, if that is known
}

func (e *ForeignError) Error() string {
	text := "is " + e.Service + ", which is not read"
	if e.Instead != "" {
		text += ": " + e.Instead
	}
	return text
}

// ErrUnknown is the error of a file that is not a log of a kind that this package knows.
var ErrUnknown = errors.New("is not an access log of a known kind: want one of CloudFront, S3 or imgorigin, or a list of URLs")

// Read reads a log, and calls use for each request. It returns what it has read along with an error of reading.
func Read(r io.Reader, use func(*Entry)) (s Summary, err error) {
	text, closeText, err := decompress(r)
	if err != nil {
		return s, err
	}
	defer closeText()
	var p parser
	err = eachBlock(text, func(b block) error {
		s.Lines += b.skipped
		s.Unreadable += b.skipped
		if p == nil && len(b.lines) > 0 {
			var err error
			if p, err = detect(b.lines); err != nil {
				return err
			}
			s.Format = p.format()
		}
		parseLines(p, b.lines, &s, use)
		return nil
	})
	if err != nil && p != nil {
		err = fmt.Errorf("after %d lines: %w", s.Lines, err)
	}
	return s, err
}

func parseLines(p parser, lines []byte, s *Summary, use func(*Entry)) {
	var e Entry
	for len(lines) > 0 {
		line := lines
		if end := bytes.IndexByte(lines, '\n'); end >= 0 {
			line, lines = lines[:end], lines[end+1:]
		} else {
			lines = nil
		}
		if line = bytes.TrimRight(line, "\r"); len(line) == 0 {
			continue
		}
		e = Entry{Server: p.server()}
		switch p.parse(line, &e) {
		case isRequest:
			s.Lines++
			use(&e)
		case isBad:
			s.Lines++
			s.Unreadable++
		}
	}
}

// decompress returns the text of a file, which may be compressed.
func decompress(r io.Reader) (text io.Reader, closeText func(), err error) {
	file := skipMark(r, 64<<10)
	magic, _ := file.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(file)
		if err != nil {
			return nil, nil, err
		}
		return skipMark(z, 4<<10), func() { z.Close() }, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, nil, err
		}
		return skipMark(z, 4<<10), z.Close, nil
	}
	return file, func() {}, nil
}

// skipMark reads past a byte order mark of UTF-8, which some editors and shells put before a text.
func skipMark(r io.Reader, buffer int) *bufio.Reader {
	b := bufio.NewReaderSize(r, buffer)
	if mark, _ := b.Peek(3); string(mark) == "\xef\xbb\xbf" {
		b.Discard(len(mark))
	}
	return b
}

// A verdict says what a line is.
type verdict int

const (
	isBad verdict = iota
	isRequest
	isNone // a comment, or another message of the same program
)

// A parser parses the lines of a format.
type parser interface {
	format() string
	server() Server
	parse(line []byte, e *Entry) verdict
}
