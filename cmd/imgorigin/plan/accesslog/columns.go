package accesslog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
)

// A w3c parses lines of columns, whose names a line #Fields: says, or which are known.
type w3c struct {
	columns   []column // that matter
	all       int
	separator byte
	name      string
}

// A column is one that matters, and its place in a line.
type column struct {
	at  int
	set field
}

func (p *w3c) format() string {
	if p.name != "" {
		return p.name
	}
	return "CloudFront, W3C"
}

func (*w3c) server() Server { return CDN }

// leastColumns are those that a line must have, if there are so many: real-time logs may have fewer than are known.
const leastColumns = 9

func (p *w3c) parse(line []byte, e *Entry) verdict {
	if line[0] == '#' {
		if names, ok := bytes.CutPrefix(line, []byte("#Fields:")); ok {
			p.setColumns(string(names), " \t,")
			p.separator = 0
		}
		return isNone
	}
	if p.separator == 0 {
		p.separator = separatorOf(line)
	}
	rest, at := line, 0
	for _, c := range p.columns {
		if rest, at = skipColumns(rest, p.separator, at, c.at); rest == nil {
			break
		}
		value := rest
		if end := bytes.IndexByte(rest, p.separator); end >= 0 {
			value, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		at++
		if !c.set(e, value) {
			return isBad
		}
	}
	least := min(p.all, leastColumns)
	if _, at = skipColumns(rest, p.separator, at, least); at < least || e.Path == nil {
		return isBad
	}
	return isRequest
}

// setColumns sets what each column of a log says, by their names.
func (p *w3c) setColumns(fields, separators string) {
	p.columns, p.all = nil, 0
	for _, name := range strings.FieldsFunc(fields, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if set := cloudFrontFields[name]; set != nil {
			p.columns = append(p.columns, column{p.all, set})
		}
		p.all++
	}
}

// skipColumns returns the rest of a line from another column on, and the number of that column. It returns nil, and the number of
// columns, if the line ends before it. line begins with the column at.
func skipColumns(line []byte, separator byte, at, to int) (rest []byte, reached int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; to-at > 3 && len(line) >= 8; line = line[8:] { // many columns, eight bytes at a time
		others := binary.LittleEndian.Uint64(line) ^ ones*uint64(separator)
		found := ^(others&^highs + ^uint64(highs) | others) & highs // the high bits of the bytes that are separators
		if n := bits.OnesCount64(found); at+n < to {
			at += n
			continue
		}
		break
	}
	for ; at < to && line != nil; at++ {
		end := bytes.IndexByte(line, separator)
		if end < 0 {
			return nil, at + 1
		}
		line = line[end+1:]
	}
	return line, at
}
