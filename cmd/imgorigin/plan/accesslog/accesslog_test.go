package accesslog_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
)

const (
	owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	w3c   = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) " +
		"cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken " +
		"x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields " +
		"c-port time-to-first-byte x-edge-detailed-result-type sc-content-type\n" +
		"2026-11-29\t17:45:55\tFRA56-P1\t1234\t192.0.2.7\tGET\td1.cloudfront.net\t/img/cat.jpg\t200\thttps://secret/\tMozilla\tw=480&fm=webp\t-\tHit\t" +
		"id\thost\thttps\t10\t0.001\t-\tTLSv1.3\tx\tHit\tHTTP/2.0\t-\t-\t443\t0.001\tHit\timage/webp\n"
)

// entry is what the log of every format below has.
const entry = "1795974355 FRA56-P1 200 1234 /img/cat.jpg w=480&fm=webp"

var formats = map[string]struct{ format, text, want string }{
	"W3C":  {"CloudFront, W3C", w3c, entry + " image/webp 1"},
	"CRLF": {"CloudFront, W3C", strings.ReplaceAll(w3c, "\n", "\r\n"), entry + " image/webp 1"},
	"W3C of chosen fields, with spaces": {"CloudFront, W3C",
		"#Fields: sc-status cs-uri-stem cs-uri-query date time x-edge-location sc-bytes\n200 /img/cat.jpg w=480&fm=webp 2026-11-29 17:45:55 FRA56-P1 1234\n",
		entry + "  0"},
	"W3C with a byte order mark": {"CloudFront, W3C", "\xef\xbb\xbf" + w3c[strings.Index(w3c, "#Fields:"):], entry + " image/webp 1"},
	"W3C without names":          {"CloudFront, W3C", w3c[strings.Index(w3c, "2026"):], entry + " image/webp 1"},
	"W3C of chosen fields, with two times": {"CloudFront, W3C",
		"#Fields: timestamp(ms)\ttimestamp\tdate\ttime\tx-edge-location\tsc-status\tsc-bytes\tcs-uri-stem\tcs-uri-query\n" +
			"1795974355123\t1795974355\t2026-11-29\t17:45:55\tFRA56-P1\t200\t1234\t/img/cat.jpg\tw=480&fm=webp\n", entry + "  0"},
	"real-time of chosen fields, with names": {"CloudFront, W3C",
		"#Fields: timestamp sc-status sc-bytes cs-uri-stem x-edge-location cs-uri-query\n1795974355.123\t200\t1234\t/img/cat.jpg\tFRA56-P1\tw=480&fm=webp\n",
		entry + "  0"},
	"JSON": {"CloudFront, JSON", `{"date":"2026-11-29","time":"17:45:55","x-edge-location":"FRA56-P1","sc-bytes":"1234","c-ip":"192.0.2.7",` +
		`"cs-method":"GET","cs(Referer)":"https:\/\/secret","cs-uri-stem":"\/img/cat.jpg","sc-status":"200","cs-uri-query":"w=480&fm=webp",` +
		`"x-edge-result-type":"RefreshHit","sc-content-type":"image/webp"}` + "\n", entry + " image/webp 2"},
	"JSON made of Parquet": {"CloudFront, JSON", `{"timestamp_ms":1795974355123,"x_edge_location":"FRA56-P1","sc_bytes":1234,"cs_method":"GET",` +
		`"cs_Host":null,"cs_uri_stem":"/img/cat.jpg","sc_status":200,"cs_uri_query":"w=480&fm=webp","x_edge_result_type":"Miss",` +
		`"x_edge_detailed_result_type":"OriginShieldHit","sc_content_type":null}` + "\n", entry + "  6"},
	"real-time": {"CloudFront, real-time", "1795974355.123\t192.0.2.7\t0.002\t200\t1234\tGET\thttps\td1.cloudfront.net\t/img/cat.jpg\t99\tFRA56-P1\tid\thost\t" +
		"0.1\tHTTP/2.0\tIPv4\tMozilla\t-\t-\tw=480&fm=webp\tMiss\t-\tTLSv1.3\tx\tMiss\t-\t-\timage/webp\n", entry + " image/webp 2"},
	"S3": {"S3 server access", owner + ` photos [29/Nov/2026:17:45:55 +0000] 192.0.2.7 ` + owner + ` 3E57 REST.GET.OBJECT cat.jpg ` +
		`"GET /img/cat.jpg?w=480&fm=webp HTTP/1.1" 200 - 1234 1234 70 10 "https://secret" "Mozilla" -` + "\n",
		strings.Replace(entry, "FRA56-P1", "", 1) + "  0"},
	"imgorigin": {"imgorigin", `{"time":"2026-11-29T17:45:55.123Z","level":"INFO","msg":"request","method":"GET","path":"/img/cat.jpg","original":"cat.jpg",` +
		`"transform":"w=480.webp","source":"store","status":200,"bytes":1234,"dur":1,"waiting":0,"x":{"y":["}",{}]}}` + "\n" +
		`{"time":"2026-11-29T17:45:55Z","level":"INFO","msg":"listening","addr":":8080"}` + "\n",
		"1795974355  200 1234    4 cat.jpg w=480.webp"},
	"imgorigin behind a time": {"imgorigin", `2026-11-29T17:45:56.001Z {"bytes":1234,"level":"INFO","method":"GET","msg":"request","original":"cat.jpg",` +
		`"source":"fill","status":200,"time":"2026-11-29T17:45:55Z","transform":"w=480.webp"}` + "\n", "1795974355  200 1234    5 cat.jpg w=480.webp"},
	"URLs without a scheme": {"URLs", "img.example.com:443/img/cat.jpg?w=480&fm=webp\n", "0  0 0 /img/cat.jpg w=480&fm=webp  0"},
	"URLs of any scheme":    {"URLs", "//img.example.com/img/cat.jpg?w=480&fm=webp\n", "0  0 0 /img/cat.jpg w=480&fm=webp  0"},
	"paths":                 {"URLs", "\xef\xbb\xbf/img/cat.jpg?w=480&fm=webp\n", "0  0 0 /img/cat.jpg w=480&fm=webp  0"},
	"URLs":                  {"URLs", "https://example.com/img/cat.jpg?w=480&fm=webp#x\n", "0  0 0 /img/cat.jpg w=480&fm=webp  0"},
}

// Origin Shield shows in the detailed result of a miss, wherever in a line that is.
func TestResults(t *testing.T) {
	const names = "x-edge-result-type x-edge-response-result-type x-edge-detailed-result-type"
	for line, want := range map[string]accesslog.Result{
		"Hit Hit Hit": accesslog.EdgeHit, "Miss Miss Miss": accesslog.EdgeMiss, "Miss Miss OriginShieldHit": accesslog.ShieldHit,
		"RefreshHit RefreshHit RefreshHit": accesslog.EdgeMiss, "- Miss OriginShieldHit": accesslog.ShieldHit, "Hit Hit OriginShieldHit": accesslog.EdgeHit,
		"Error Error OriginCommError": accesslog.Other, "- - -": accesslog.Unknown, "OriginShieldHit OriginShieldHit OriginShieldHit": accesslog.ShieldHit,
	} {
		reverse := func(s string) string {
			words := strings.Fields(s)
			slices.Reverse(words)
			return strings.Join(words, " ")
		}
		for _, log := range []string{
			"#Fields: cs-uri-stem sc-status " + names + "\n/img/a.jpg 200 " + line + "\n",
			"#Fields: " + reverse(names) + " cs-uri-stem sc-status\n" + reverse(line) + " /img/a.jpg 200\n",
		} {
			got := accesslog.Result(255)
			if _, err := accesslog.Read(strings.NewReader(log), func(e *accesslog.Entry) { got = e.Result }); err != nil || got != want {
				t.Errorf("%s: got %d, %v, want %d", log, got, err, want)
			}
		}
	}
}

func read(t *testing.T, r io.Reader) (entries []string, s accesslog.Summary, err error) {
	t.Helper()
	s, err = accesslog.Read(r, func(e *accesslog.Entry) {
		line := fmt.Sprintf("%d %s %d %d %s %s %s %d", e.Time, e.Edge, e.Status, e.Bytes, e.Path, e.Query, e.Type, e.Result)
		if e.Original != nil {
			line += fmt.Sprintf(" %s %s", e.Original, e.Transform)
		}
		entries = append(entries, line)
	})
	return entries, s, err
}

// Field sr-reason tells the origins of a group from each other.
func TestOrigins(t *testing.T) {
	for reason, want := range map[string]accesslog.Origin{"-": accesslog.First, "Failover:403": accesslog.Second, "MediaQuality": accesslog.First} {
		for _, log := range []string{
			"#Fields: cs-uri-stem sc-status sr-reason\n/img/a.jpg 200 " + reason + "\n",
			`{"cs_uri_stem":"/img/a.jpg","sc_status":"200","sr_reason":"` + reason + `"}` + "\n",
		} {
			got := accesslog.UnknownOrigin
			if _, err := accesslog.Read(strings.NewReader(log), func(e *accesslog.Entry) { got = e.Origin }); err != nil || got != want {
				t.Errorf("%s: got %d, %v, want %d", log, got, err, want)
			}
		}
	}
}

// Each log is that of a server.
func TestServers(t *testing.T) {
	for name, want := range map[string]accesslog.Server{
		"W3C": accesslog.CDN, "JSON": accesslog.CDN, "real-time": accesslog.CDN, "URLs": accesslog.CDN, "S3": accesslog.Bucket, "imgorigin": accesslog.Service,
	} {
		got := accesslog.Server(255)
		if _, err := accesslog.Read(strings.NewReader(formats[name].text), func(e *accesslog.Entry) { got = e.Server }); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", name, got, err, want)
		}
	}
}

// Requests with other methods than GET and HEAD are not counted as requests for images, wherever a log has the method.
func TestMethods(t *testing.T) {
	log := strings.Replace(formats["imgorigin"].text, `"GET"`, `"DELETE"`, 1)
	got := accesslog.Unknown
	if _, err := accesslog.Read(strings.NewReader(log), func(e *accesslog.Entry) { got = e.Result }); err != nil || got != accesslog.Other {
		t.Errorf("got %d, %v, want %d", got, err, accesslog.Other)
	}
}

func TestFormats(t *testing.T) {
	for name, test := range formats {
		entries, s, err := read(t, strings.NewReader(test.text))
		if err != nil || len(entries) != 1 || entries[0] != test.want || s.Format != test.format || s.Unreadable != 0 || s.Lines != 1 {
			t.Errorf("%s: got %q, %+v, %v, want %q", name, entries, s, err, test.want)
		}
	}
}

func TestCompressed(t *testing.T) {
	var zipped, z bytes.Buffer
	w := gzip.NewWriter(&zipped)
	io.WriteString(w, w3c)
	w.Close()
	e, _ := zstd.NewWriter(&z)
	io.WriteString(e, w3c)
	e.Close()
	for name, body := range map[string][]byte{"gzip": zipped.Bytes(), "zstd": z.Bytes()} {
		if entries, _, err := read(t, bytes.NewReader(body)); err != nil || len(entries) != 1 {
			t.Errorf("%s: got %q, %v", name, entries, err)
		}
		if entries, _, err := read(t, bytes.NewReader(body[:len(body)-9])); err == nil {
			t.Errorf("%s, cut off: got %q and no error", name, entries)
		}
	}
}

// Lines that can't be read are counted, also those without an end.
func TestUnreadable(t *testing.T) {
	good := strings.SplitAfter(w3c, "\n")[2]
	for name, bad := range map[string]string{
		"cut": "2026-11-29\t17:45:55\tFRA\n", "bytes": strings.Replace(good, "1234", "12x4", 1), "status": strings.Replace(good, "\t200\t", "\tok\t", 1),
		"date": strings.Replace(good, "2026-11", "2026-13", 1), "time": strings.Replace(good, "17:45", "25:45", 1),
		"path": strings.Replace(good, "/img", "img", 1), "binary": "\x00\xff\n", "long": strings.Repeat("x", 3<<20) + "\n",
		"number": strings.Replace(good, "1234", strings.Repeat("9", 400), 1),
	} {
		entries, s, err := read(t, strings.NewReader(w3c+bad+good))
		if err != nil || len(entries) != 2 || s.Lines != 3 || s.Unreadable != 1 {
			t.Errorf("%s: got %d entries, %+v, %v, want 2 of 3 lines", name, len(entries), s, err)
		}
	}
	for _, bad := range []string{`{"cs-uri-stem":"/x`, `{"cs-uri-stem":"/x"`, `{"cs-uri-stem" "/x"}`, `{"cs-uri-stem":["/x"]}`, `{"date":"x","cs-uri-stem":"/x"}`, "{", "}", `{"cs-uri-stem":"\q"}`} {
		if entries, s, err := read(t, strings.NewReader(formats["JSON"].text+bad+"\n")); err != nil || len(entries) != 1 || s.Unreadable != 1 {
			t.Errorf("%s: got %q, %+v, %v", bad, entries, s, err)
		}
	}
}

// However a log arrives, and wherever its blocks end, each line is read once.
func TestBlocks(t *testing.T) {
	parts := strings.SplitAfter(w3c, "\n")
	var body strings.Builder
	body.WriteString(parts[0] + parts[1])
	const lines = 5000 // more than all blocks in memory
	for i := range lines {
		body.WriteString(strings.Replace(parts[2], "cat.jpg", fmt.Sprint(i, strings.Repeat("x", i%300), ".jpg"), 1))
		if i%1000 == 999 {
			body.WriteString(strings.Repeat("y", 100<<10*(1+i/1000)) + "\n")
		}
	}
	text := strings.TrimSuffix(body.String(), "\n")
	for name, r := range map[string]io.Reader{
		"all at once": strings.NewReader(text), "by halves": iotest.HalfReader(strings.NewReader(text)), "by bytes": iotest.OneByteReader(strings.NewReader(text)),
		"with the end": iotest.DataErrReader(strings.NewReader(text)),
	} {
		n := 0
		s, err := accesslog.Read(r, func(e *accesslog.Entry) {
			if want := fmt.Sprint("/img/", n, strings.Repeat("x", n%300), ".jpg"); string(e.Path) != want {
				t.Fatalf("%s: got %s, want %s", name, e.Path, want)
			}
			n++
		})
		if err != nil || n != lines || s.Lines != lines+5 || s.Unreadable != 5 {
			t.Errorf("%s: got %d lines, %+v, %v, want %d and 5 unreadable ones", name, n, s, err, lines)
		}
	}
	fails := io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF))
	if s, err := accesslog.Read(fails, func(*accesslog.Entry) {}); !errors.Is(err, io.ErrUnexpectedEOF) || s.Lines != lines+5 {
		t.Errorf("a reader that fails: got %+v, %v", s, err)
	}
}

// Columns are found by any way to skip those before them.
func TestColumns(t *testing.T) {
	for _, between := range []int{1, 2, 3, 4, 5, 12, 40} {
		for _, size := range []int{0, 1, 7, 8, 30} {
			names, values := "sc-status", "200"
			for i := range between {
				names, values = names+fmt.Sprintf("\tx%d", i), values+"\t"+strings.Repeat("v", size+i%3)
			}
			log := "#Fields: " + names + "\tcs-uri-stem\tlast\n" + values + "\t/img/a.jpg\t\n"
			entries, s, err := read(t, strings.NewReader(log))
			if err != nil || s.Unreadable != 0 || len(entries) != 1 || !strings.HasPrefix(entries[0], "0  200 0 /img/a.jpg ") {
				t.Errorf("%d columns of %d bytes between: got %q, %+v, %v", between, size, entries, s, err)
			}
			entries, s, err = read(t, strings.NewReader("#Fields: "+names+"\tcs-uri-stem\tlast\n"+values+"\n"))
			if err != nil || s.Unreadable != 1 {
				t.Errorf("%d columns of %d bytes and no more: got %q, %+v, %v", between, size, entries, s, err)
			}
		}
	}
}

func TestForeign(t *testing.T) {
	realTime := strings.Split(formats["real-time"].text, "\t")
	for service, line := range map[string]string{
		"a real-time log of CloudFront with fields that were chosen": strings.Join(slices.Delete(slices.Clone(realTime), 18, 19), "\t"),
		"a log of Apache with virtual hosts":                         `example.com:443 192.0.2.7 - - [29/Nov/2026:17:45:55 +0000] "GET / HTTP/1.1" 200 1`,
		"a log of Caddy":                                             `{"level":"info","ts":1.5,"logger":"http.log.access.log0","msg":"handled request","request":{"uri":"/"}}`,
		"text in UTF-16":                                             "\xff\xfe#\x00V\x00e\x00r\x00",
		"Parquet":                                                    "PAR1\x15\x04", "a log of nginx or Apache": `192.0.2.7 - - [29/Nov/2026:17:45:55 +0000] "GET / HTTP/1.1" 200 1`,
		"a log of an Application Load Balancer": "https 2026-11-29T17:45:55.1Z app/my/50dc 192.0.2.7:1 10.0.0.1:80 0 0 0 200 200 1 1 \"GET\"",
		"a log of Cloudflare":                   `{"ClientIP":"192.0.2.7","ClientRequestURI":"/x"}`,
		"a log of CloudTrail":                   `{"Records":[{"eventVersion":"1.08"}]}`,
		"a log of AWS WAF":                      `{"timestamp":1,"webaclId":"x"}`,
		"a flow log of a VPC":                   "2 123456789012 eni-1 1.1.1.1",
		"a log of Google Cloud":                 `{"insertId":"x","httpRequest":{}}`,
	} {
		_, _, err := read(t, strings.NewReader(line+"\n"))
		if foreign, ok := errors.AsType[*accesslog.ForeignError](err); !ok || foreign.Service != service {
			t.Errorf("%s: got %v", service, err)
		}
	}
	if _, _, err := read(t, strings.NewReader("hello\nworld\n")); !errors.Is(err, accesslog.ErrUnknown) {
		t.Errorf("text: got %v", err)
	}
	if entries, s, err := read(t, strings.NewReader("")); err != nil || len(entries) != 0 || s.Lines != 0 {
		t.Errorf("an empty file: got %q, %+v, %v", entries, s, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, test := range formats {
		f.Add([]byte(test.text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		accesslog.Read(bytes.NewReader(body), func(e *accesslog.Entry) {
			if e.Path == nil && e.Original == nil {
				t.Error("a request for nothing")
			}
		})
	})
}

// BenchmarkRead compares reading a log with decompressing it alone.
func BenchmarkRead(b *testing.B) {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	line := strings.SplitAfter(w3c, "\n")
	io.WriteString(w, line[0]+line[1])
	n := 0
	for i := range 100000 {
		m, _ := io.WriteString(w, strings.Replace(line[2], "cat.jpg", fmt.Sprintf("%x.jpg", i*2654435761), 1))
		n += m
	}
	w.Close()
	for _, kind := range []string{"decompress", "read"} {
		b.Run(kind, func(b *testing.B) {
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				if kind == "read" {
					accesslog.Read(bytes.NewReader(body.Bytes()), func(*accesslog.Entry) {})
					continue
				}
				z, err := gzip.NewReader(bytes.NewReader(body.Bytes()))
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, z)
			}
		})
	}
}
