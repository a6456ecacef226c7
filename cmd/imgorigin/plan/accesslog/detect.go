package accesslog

import (
	"bytes"
	"regexp"
	"strings"
)

// foreign are logs that are recognised but not read, by the beginning or a part of a line, with what to do instead.
var foreign = []struct {
	service string
	instead string
	is      *regexp.Regexp
}{
	{"Parquet", "", regexp.MustCompile(`^PAR1`)},
	{"text in UTF-16", "convert it with iconv -f UTF-16 -t UTF-8", regexp.MustCompile(`^\x{FFFD}{0,2}(?:[ -~]\x00[ -~]\x00|\x00[ -~]\x00[ -~])`)},
	{"a log of an Application Load Balancer", urlsOf("awk '{print $14}'"), regexp.MustCompile(`^(http|https|h2|grpcs|ws|wss) \d{4}-\d\d-\d\dT\S+ app/`)},
	{"a log of a Classic Load Balancer", urlsOf("awk '{print $13}'"), regexp.MustCompile(`^\d{4}-\d\d-\d\dT\S+Z \S+ [\d.]+:\d+ [\d.]+:\d+ `)},
	{"a log of nginx or Apache", urlsOf("awk '{print $7}'"), regexp.MustCompile(`^\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:[^\]]+\] "`)},
	{"a log of Apache with virtual hosts", urlsOf("awk '{print $8}'"), regexp.MustCompile(`^\S+ \S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:[^\]]+\] "`)},
	{"a flow log of a VPC", "", regexp.MustCompile(`^(version account-id|2 \d{12} eni-)`)},
	{"a log of Cloudflare", urlsOf("jq -r .ClientRequestURI"), regexp.MustCompile(`^\{.*"(ClientRequestURI|EdgeResponseStatus)"`)},
	{"a log of CloudTrail", "", regexp.MustCompile(`^\{.*"(Records|eventVersion|eventSource)"`)},
	{"a log of AWS WAF", "", regexp.MustCompile(`^\{.*"webaclId"`)},
	{"a log of Google Cloud", urlsOf("jq -r .httpRequest.requestUrl"), regexp.MustCompile(`^\{.*"(httpRequest|insertId)"|^"?time_micros`)},
	{"a log of Caddy", urlsOf("jq -r .request.uri"), regexp.MustCompile(`^\{.*"logger": ?"http\.log\.access`)},
	{"a log of nginx", urlsOf("jq -r .request_uri"), regexp.MustCompile(`^\{.*"(request_uri|remote_addr)"`)},
	{"syslog", "", regexp.MustCompile(`^<\d{1,3}>`)},
	{"imgorigin's log as text", "want --log-format json", regexp.MustCompile(`^time=\S+ level=`)},
}

// urlsOf says how to make a list of URLs of a log.
func urlsOf(filter string) string {
	return "make a list of its URLs with " + filter + ", and give that"
}

var (
	jsonCloudFront = regexp.MustCompile(`^\{.*"cs[-_]uri[-_]stem"`)
	jsonImgorigin  = regexp.MustCompile(`^[^{]*\{.*"level": ?"(?:DEBUG|INFO|WARN|ERROR)".*"msg":`)
	standard       = regexp.MustCompile(`^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t([^\t]*\t){5}/`)
	realTime       = regexp.MustCompile(`^\d{9,11}\.\d+\t([^\t]*\t){7}`)
	s3Access       = regexp.MustCompile(`^[0-9a-f]{64} \S+ \[\d\d/\w{3}/\d{4}:`)
	urlLine        = regexp.MustCompile(`^(?:(?:https?:)?//[^/\s]+|[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}(?::\d+)?)?/\S*$`)
)

const peek = 64 << 10 // bytes in which a log must show what it is

// detect returns the parser for a log that begins with head. Damaged lines before the first that is recognised do not matter.
func detect(head []byte) (parser, error) {
	isChosen := false // a real-time log of other fields
	for line := range bytes.SplitSeq(head[:min(len(head), peek)], []byte("\n")) {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")))
		switch {
		case bytes.HasPrefix(line, []byte("#Version:")), bytes.HasPrefix(line, []byte("#Fields:")):
			return new(w3c), nil
		case jsonCloudFront.Match(line):
			return jsonLog{name: "CloudFront, JSON", fields: cloudFrontMembers}, nil
		case jsonImgorigin.Match(line):
			return jsonLog{name: "imgorigin", fields: imgoriginFields, requests: true}, nil
		case standard.Match(line):
			p := new(w3c)
			p.setColumns(standardFields, " ")
			return p, nil
		case realTime.Match(line):
			p := &w3c{separator: '\t', name: "CloudFront, real-time"}
			p.setColumns(realTimeFields, " ")
			if hasRealTimeFields(line) {
				return p, nil
			}
			isChosen = true
		case s3Access.Match(line):
			return s3Log{}, nil
		case urlLine.Match(line):
			return urlList{}, nil
		}
		for _, f := range foreign {
			if f.is.Match(line) {
				return nil, &ForeignError{f.service, f.instead}
			}
		}
	}
	if isChosen {
		return nil, &ForeignError{"a real-time log of CloudFront with fields that were chosen",
			"put a line before it that names them, such as #Fields: timestamp sc-status cs-uri-stem cs-uri-query"}
	}
	return nil, ErrUnknown
}

// hasRealTimeFields reports whether the values of a line look like those of a real-time log with all fields: if a field was left out,
// the values after it are in the wrong places.
func hasRealTimeFields(line []byte) bool {
	values := strings.Split(string(line), "\t")
	for i, name := range strings.Fields(realTimeFields)[:min(len(values), strings.Count(realTimeFields, " ")+1)] {
		if is := realTimeValues[name]; is != nil && !is.MatchString(values[i]) {
			return false
		}
	}
	return true
}

// realTimeValues are those of fields that always have one, and that no other field has.
var realTimeValues = map[string]*regexp.Regexp{
	"cs-uri-stem":                 regexp.MustCompile(`^/`),
	"x-edge-location":             regexp.MustCompile(`^[A-Z]{3}\d`),
	"x-edge-response-result-type": resultType,
	"x-edge-result-type":          resultType,
}

var resultType = regexp.MustCompile(`^(Hit|RefreshHit|Miss|OriginShieldHit|[A-Z]\w*(Error|Exceeded|Redirect|Response)|Error|Redirect)$`)
