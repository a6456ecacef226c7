package accesslog

import (
	"bytes"
	"regexp"
)

// foreign are the logs that are recognised only, by how a line begins or what it has.
var foreign = []struct {
	service string
	is      *regexp.Regexp
}{
	{"Parquet", regexp.MustCompile(`^PAR1`)},
	{"a log of an Application Load Balancer", regexp.MustCompile(`^(http|https|h2|grpcs|ws|wss) \d{4}-\d\d-\d\dT\S+ app/`)},
	{"a log of a Classic Load Balancer", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\S+Z \S+ [\d.]+:\d+ [\d.]+:\d+ `)},
	{"a log of nginx or Apache", regexp.MustCompile(`^\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:[^\]]+\] "`)},
	{"a flow log of a VPC", regexp.MustCompile(`^(version account-id|2 \d{12} eni-)`)},
	{"a log of Cloudflare", regexp.MustCompile(`^\{.*"(ClientRequestURI|EdgeResponseStatus)"`)},
	{"a log of CloudTrail", regexp.MustCompile(`^\{.*"(Records|eventVersion|eventSource)"`)},
	{"a log of AWS WAF", regexp.MustCompile(`^\{.*"webaclId"`)},
	{"a log of Google Cloud", regexp.MustCompile(`^\{.*"(httpRequest|insertId)"|^"?time_micros`)},
	{"a log of nginx", regexp.MustCompile(`^\{.*"(request_uri|remote_addr)"`)},
	{"syslog", regexp.MustCompile(`^<\d{1,3}>`)},
	{"imgorigin's log as text: want --log-format json", regexp.MustCompile(`^time=\S+ level=`)},
}

var (
	jsonCloudFront = regexp.MustCompile(`^\{.*"cs[-_]uri[-_]stem"`)
	jsonImgorigin  = regexp.MustCompile(`^\{.*"level":.*"msg":`)
	realTime       = regexp.MustCompile(`^\d{9,11}\.\d+\t([^\t]*\t){7}`)
	s3Access       = regexp.MustCompile(`^[0-9a-f]{64} \S+ \[\d\d/\w{3}/\d{4}:`)
	urlLine        = regexp.MustCompile(`^(https?://[^/\s]+)?/\S*$`)
)

const peek = 64 << 10 // bytes in which a log must show what it is

// detect returns the parser for a log that begins with head. Damaged lines before the first that is recognised do not matter.
func detect(head []byte) (parser, error) {
	for line := range bytes.SplitSeq(head[:min(len(head), peek)], []byte("\n")) {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")))
		switch {
		case bytes.HasPrefix(line, []byte("#Version:")), bytes.HasPrefix(line, []byte("#Fields:")):
			return new(w3c), nil
		case jsonCloudFront.Match(line):
			return jsonLog{name: "CloudFront, JSON", fields: cloudFrontMembers}, nil
		case jsonImgorigin.Match(line):
			return jsonLog{name: "imgorigin", fields: imgoriginFields, requests: true}, nil
		case realTime.Match(line):
			p := &w3c{separator: '\t', name: "CloudFront, real-time"}
			p.setColumns(realTimeFields, " ")
			return p, nil
		case s3Access.Match(line):
			return s3Log{}, nil
		case urlLine.Match(line):
			return urlList{}, nil
		}
		for _, f := range foreign {
			if f.is.Match(line) {
				return nil, &ForeignError{f.service}
			}
		}
	}
	return nil, ErrUnknown
}
