package accesslog

import (
	"bytes"
)

// separatorOf returns what separates the columns of a line. Standard logs can be set up to have any of these.
func separatorOf(line []byte) byte {
	for _, c := range []byte{'\t', ','} {
		if bytes.Count(line, []byte{c}) >= 3 {
			return c
		}
	}
	return ' '
}

// A jsonLog parses objects of a line each.
type jsonLog struct {
	name     string
	fields   map[string]field
	requests bool // other messages are in the log too
}

func (p jsonLog) format() string { return p.name }

func (p jsonLog) server() Server {
	if p.requests {
		return Service
	}
	return CDN
}

var imgoriginFields = map[string]field{
	"time": func(e *Entry, v []byte) bool {
		if len(v) < 19 || v[10] != 'T' {
			return false
		}
		return parseDate(v[:10], &e.Time) && parseClock(v[11:19], &e.Time)
	},
	"method":    parseMethod,
	"original":  func(e *Entry, v []byte) bool { e.Original = v; return true },
	"transform": func(e *Entry, v []byte) bool { e.Transform = v; return true },
	"status":    func(e *Entry, v []byte) bool { return parseStatus(v, &e.Status) },
	"bytes":     func(e *Entry, v []byte) bool { return parseNumber(v, &e.Bytes) },
	"source": func(e *Entry, v []byte) bool {
		if e.Result == Other {
			return true
		}
		switch string(v) {
		case "memory":
			e.Result = Memory
		case "store":
			e.Result = Store
		case "fill":
			e.Result = Fill
		}
		return true
	},
}

func (p jsonLog) parse(line []byte, e *Entry) verdict {
	if p.requests { // a collector of logs may have put something before the object
		line = line[max(0, bytes.IndexByte(line, '{')):]
	}
	isMessage := !p.requests
	ok := eachMember(line, func(name, value []byte) bool {
		if p.requests && string(name) == "msg" {
			isMessage = string(value) == "request"
			return true
		}
		set := p.fields[string(name)]
		return set == nil || set(e, value)
	})
	switch {
	case !ok:
		return isBad
	case !isMessage, p.requests && len(e.Original) == 0:
		return isNone
	case e.Path == nil && e.Original == nil:
		return isBad
	}
	return isRequest
}

// An s3Log parses the server access logs of S3.
type s3Log struct{}

func (s3Log) format() string { return "S3 server access" }

func (s3Log) server() Server { return Bucket }

// owner bucket [06/Feb/2026:00:00:38 +0000] address requester id operation key "request" status error bytes …
func (s3Log) parse(line []byte, e *Entry) verdict {
	open, end := bytes.IndexByte(line, '['), bytes.IndexByte(line, ']')
	if open < 0 || end < open || !parseS3Time(line[open+1:end], &e.Time) {
		return isBad
	}
	var columns [9][]byte // address, requester, id, operation, key, request, status, error, bytes
	rest := line[end+1:]
	for i := range columns {
		if columns[i], rest = s3Column(rest); columns[i] == nil {
			return isBad
		}
	}
	if operation := string(columns[3]); operation != "REST.GET.OBJECT" && operation != "REST.HEAD.OBJECT" {
		return isNone
	}
	_, target, _ := bytes.Cut(columns[5], []byte(" "))
	target, _, _ = bytes.Cut(target, []byte(" "))
	e.Path, e.Query, _ = bytes.Cut(target, []byte("?"))
	if len(e.Path) == 0 || !parseStatus(columns[6], &e.Status) || !parseNumber(columns[8], &e.Bytes) {
		return isBad
	}
	return isRequest
}

// s3Column returns the next column, which may be in quotes, and what is behind it.
func s3Column(line []byte) (column, rest []byte) {
	line = bytes.TrimLeft(line, " ")
	if len(line) == 0 {
		return nil, nil
	}
	separator := byte(' ')
	if line[0] == '"' {
		line, separator = line[1:], '"'
	}
	end := bytes.IndexByte(line, separator)
	if end < 0 {
		return line, nil
	}
	return line[:end], line[end+1:]
}

var months = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// parseS3Time parses 06/Feb/2026:00:00:38 +0000.
func parseS3Time(v []byte, t *int64) bool {
	if len(v) < 20 {
		return false
	}
	var day, year int64
	if !parseNumber(v[:2], &day) || !parseNumber(v[7:11], &year) || !parseClock(v[12:20], t) {
		return false
	}
	for i, name := range months {
		if string(v[3:6]) == name {
			*t += 86400 * daysSince1970(year, int64(i+1), day)
			return true
		}
	}
	return false
}

// A urlList parses URLs, with or without a scheme, or paths.
type urlList struct{}

func (urlList) format() string { return "URLs" }

func (urlList) server() Server { return CDN }

func (urlList) parse(line []byte, e *Entry) verdict {
	if host := hostAt(line); host >= 0 {
		slash := bytes.IndexByte(line[host:], '/')
		if slash < 0 || bytes.IndexByte(line[:host+slash], ' ') >= 0 {
			return isBad
		}
		line = line[host+slash:]
	}
	line, _, _ = bytes.Cut(line, []byte("#"))
	e.Path, e.Query, _ = bytes.Cut(line, []byte("?"))
	return isRequest
}

// hostAt returns where the host of a URL begins, -1 for a path.
func hostAt(url []byte) int {
	scheme, rest, ok := bytes.Cut(url, []byte("//"))
	switch {
	case ok && (len(scheme) == 0 || string(scheme) == "http:" || string(scheme) == "https:"):
		return len(url) - len(rest)
	case url[0] == '/':
		return -1
	}
	return 0
}
