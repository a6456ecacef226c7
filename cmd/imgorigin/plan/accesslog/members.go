package accesslog

import (
	"bytes"
	"encoding/json"
)

// eachMember calls use for the members of a JSON object whose values are strings, numbers and words, and reports whether the
// object can be read and use accepts all of them. Objects and lists within it are skipped.
func eachMember(line []byte, use func(name, value []byte) bool) bool {
	s := scanner{bytes.TrimSpace(line)}
	if !s.take('{') || len(s.rest) == 0 || line[len(bytes.TrimRight(line, " \t"))-1] != '}' {
		return false
	}
	for !s.take('}') {
		name, ok := s.text()
		if !ok || !s.take(':') || len(s.rest) == 0 {
			return false
		}
		var value []byte
		switch s.rest[0] {
		case '"':
			value, ok = s.text()
		case '{', '[':
			ok = s.skip()
		default:
			if value = s.word(); string(value) == "null" {
				value = nil // as if it were not there
			}
		}
		if !ok || value != nil && !use(name, value) {
			return false
		}
		if !s.take(',') && (len(s.rest) == 0 || s.rest[0] != '}') {
			return false
		}
	}
	return true
}

type scanner struct{ rest []byte }

// take takes a character, after white space, if it is the next one.
func (s *scanner) take(c byte) bool {
	s.rest = bytes.TrimLeft(s.rest, " \t")
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = bytes.TrimLeft(s.rest[1:], " \t")
	return true
}

// text takes a string.
func (s *scanner) text() (value []byte, ok bool) {
	if len(s.rest) == 0 || s.rest[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			quoted := s.rest[:i+1]
			s.rest = s.rest[i+1:]
			if bytes.IndexByte(quoted, '\\') < 0 {
				return quoted[1:i], true
			}
			var text string
			if json.Unmarshal(quoted, &text) != nil {
				return nil, false
			}
			return []byte(text), true
		}
	}
	return nil, false
}

// word takes a number, true, false or null.
func (s *scanner) word() []byte {
	end := bytes.IndexAny(s.rest, ",} \t")
	if end < 0 {
		end = len(s.rest)
	}
	value := s.rest[:end]
	s.rest = s.rest[end:]
	return value
}

// skip skips an object or a list.
func (s *scanner) skip() bool {
	depth := 0
	for len(s.rest) > 0 {
		switch s.rest[0] {
		case '"':
			if _, ok := s.text(); !ok {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.rest = s.rest[1:]
		if depth == 0 {
			return true
		}
	}
	return false
}
