package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

// A fault is what is wrong with a service, and the finding that it leads to.
type fault struct {
	name   string
	breaks func(t *testing.T, c *clinic) // nil changes nothing
	args   []string                      // further arguments of the doctor

	state        severity
	about, found string
	advice       string
}

func storageFaults(t *testing.T) []fault {
	return []fault{
		{
			"no list", func(t *testing.T, c *clinic) { c.refuse(http.MethodHead, "/photos/", http.StatusForbidden) }, nil,
			bad, "originals", "403, not 404", "s3:ListBucket",
		},
		{
			"wrong secret", func(t *testing.T, c *clinic) {
				c.s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					w.WriteHeader(http.StatusForbidden)
					if r.Method != http.MethodHead {
						fmt.Fprint(w, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
					}
					return true
				})
			}, nil,
			bad, "originals", "S3 does not accept the AWS credentials (SignatureDoesNotMatch)", "AWS_ACCESS_KEY_ID",
		},
		{
			"no versions", func(t *testing.T, c *clinic) {
				c.s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					if !r.URL.Query().Has("versions") {
						return false
					}
					w.WriteHeader(http.StatusForbidden)
					return true
				})
			}, nil,
			fair, "originals", "is not purged", "s3:ListBucketVersions",
		},
		{
			"no bucket", nil, []string{"--originals", "s3://elsewhere"},
			bad, "originals", "the bucket does not exist (NoSuchBucket)", "is the name right",
		},
		{
			"no folder", nil,
			[]string{"--originals", filepath.Join(t.TempDir(), "none"), "--quarantine", "none", "--failures-table", ""},
			bad, "originals", "no such file", "",
		},
		{
			"nothing there", func(t *testing.T, c *clinic) { c.args[1] = "s3://photos/1926" }, nil,
			fair, "originals", "nothing in s3://photos/1926/", "",
		},
		{
			"no image there", func(t *testing.T, c *clinic) { c.s3.DeleteObject("photos", "2026/sea.jpg") }, nil,
			fair, "originals", "is an image", "prefix",
		},
		{
			"read only", func(t *testing.T, c *clinic) { c.refuse(http.MethodPut, "/variants/", http.StatusForbidden) }, nil,
			bad, "variants", "can't be written", "s3:PutObject",
		},
		{
			"no delete", func(t *testing.T, c *clinic) { c.refuse(http.MethodPost, "/variants/", http.StatusForbidden) }, nil,
			bad, "variants", "can't be deleted", "s3:DeleteObject",
		},
		{
			"no conditions", func(t *testing.T, c *clinic) {
				c.s3.Intercept(func(_ http.ResponseWriter, r *http.Request) bool { r.Header.Del("If-None-Match"); return false })
			}, nil,
			fair, "variants", "not held to If-None-Match", "another server",
		},
		{
			"a slow clock", func(t *testing.T, c *clinic) {
				c.s3.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
					return false
				})
			}, nil,
			bad, "clock", "off from S3's", "NTP",
		},
	}
}

func queueFaults() []fault {
	return []fault{
		{
			"no redrive", func(t *testing.T, c *clinic) { c.args[7] = c.sqs.Create("bare", time.Minute, "", 0) }, nil,
			bad, "queue", "no queue for dead letters", "redrive policy",
		},
		{
			"no queue", func(t *testing.T, c *clinic) { c.args[7] += "-else" }, nil,
			bad, "queue", "-else: the queue does not exist (QueueDoesNotExist)", "URL right",
		},
		{
			"dead letters", func(t *testing.T, c *clinic) {
				url := strings.TrimSuffix(c.queue, "events") + "dead"
				_, err := c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x")})
				must(t, err)
			}, nil,
			fair, "dead letters", "dead has 1", "--dead-letters",
		},
		{
			"another table", func(t *testing.T, c *clinic) { c.tableKey = "id" }, nil,
			bad, "table", "want original", "",
		},
		{
			"no table", nil, []string{"--failures-table", "none"},
			bad, "table", "none: the table does not exist (ResourceNotFoundException)", "AWS_REGION",
		},
		{
			"a table without a quarantine", nil, []string{"--quarantine", "none"},
			bad, "quarantine", "lists nothing", "--quarantine",
		},
	}
}

func distributionFaults() []fault {
	return []fault{
		{
			"another ladder", nil, []string{"--widths", "100,200"},
			bad, "distribution", "has widths", "function last",
		},
		{
			"another format", nil, []string{"--formats", "jpeg,avif"},
			bad, "distribution", "has formats", "function last",
		},
		{
			"another quality", nil, []string{"--qualities", "40"},
			bad, "distribution", "has qualities [50 75 90], the service [40]", "function last",
		},
		{
			"presets only", nil, []string{"--preset", "small=w=320", "--only-presets"},
			bad, "distribution", "has only-presets false, the service true", "function last",
		},
		{
			"escaped paths", nil, []string{"--escape-paths"},
			bad, "distribution", "has escape-paths false, the service true", "function last",
		},
		{
			"keys that the doctor does not have", func(t *testing.T, c *clinic) { c.args = c.without("--sign-keys") }, nil,
			fair, "distribution", "has sign allowed, and these settings have no keys", "if the service has them",
		},
		{
			"an old function", func(t *testing.T, c *clinic) { c.function += "// old" }, nil,
			fair, "distribution", "another version", "imgorigin edge",
		},
		{
			"another function", func(t *testing.T, c *clinic) { c.function = "function handler(e) { return e.request }" }, nil,
			bad, "distribution", "imgorigin's function", "imgorigin edge",
		},
		{
			"no distribution", nil, []string{"--distribution", "E2"},
			bad, "distribution", "E2: the distribution does not exist (NoSuchDistribution)", "ID right",
		},
		{
			"tags that it does not keep", nil, []string{"--purge", "tags"},
			bad, "distribution", `has the header ""`, "x-amz-meta-cache-tag",
		},
		{
			"tags in another header", func(t *testing.T, c *clinic) {
				c.tagConfig = "<CacheTagConfig><HeaderName>x-other</HeaderName></CacheTagConfig>"
			}, []string{"--purge", "tags"},
			bad, "distribution", `has the header "x-other"`, "x-amz-meta-cache-tag",
		},
		{
			"tags that are not used", func(t *testing.T, c *clinic) {
				c.tagConfig = "<CacheTagConfig><HeaderName>x-amz-meta-cache-tag</HeaderName></CacheTagConfig>"
			}, nil,
			fair, "distribution", "by path, 15 at a time", "--purge tags",
		},
		{
			"no secret sent", func(t *testing.T, c *clinic) { c.header = "X-Other" }, nil,
			bad, "distribution", "the service refuses every request", "as its value",
		},
		{
			"no secret at all", func(t *testing.T, c *clinic) { c.header, c.args = "X-Other", c.without("--origin-secret") }, nil,
			fair, "distribution", "answers every client that finds its address", "--origin-secret",
		},
		{
			"a secret that the doctor does not have", func(t *testing.T, c *clinic) { c.args = c.without("--origin-secret") }, nil,
			good, "distribution", "its function images is this service's", "",
		},
		{
			"switched off", func(t *testing.T, c *clinic) { c.isDisabled = true }, nil,
			bad, "distribution", "not enabled", "",
		},
	}
}

func settingsFaults() []fault {
	return []fault{
		{
			"a small machine", nil, []string{"--gate-memory", "1PiB"},
			bad, "memory", "1 PiB for images", "larger task",
		},
		{
			"exact for everybody", func(t *testing.T, c *clinic) {
				c.args = c.args[:len(c.args)-2] // without the secret
				c.function = edgeFunction(t, "--sign-keys", "k", "--exact")
			}, []string{"--exact"},
			fair, "settings", "have any size made", "--sign-required",
		},
		{
			"a bound of staleness", nil, []string{"--purge", "paths"},
			good, "staleness", "later than 1m55s after S3 delivered the event of its change, and the purge by path, some minutes", "",
		},
		{
			"another bound of staleness", nil, []string{"--revalidate", "0s", "--fill-timeout", "5s", "--distribution", ""},
			good, "staleness", "later than 15s after S3 delivered the event of its change (--revalidate 0s", "",
		},
		{
			"no revalidation", nil, []string{"--revalidate", "never"},
			fair, "staleness", "later than 55s", "--memory 0",
		},
		{
			"overlapping locations", nil, []string{"--variants", "s3://photos"},
			bad, "settings", "lies in", "apart",
		},
	}
}

func TestDoctorFindsFaults(t *testing.T) {
	for i, fault := range slices.Concat(
		storageFaults(t), queueFaults(), notificationFaults(), distributionFaults(), settingsFaults(),
	) {
		if testing.Short() && i%6 != 0 {
			continue // the goroutines are the same with each fault
		}
		t.Run(fault.name, func(t *testing.T) {
			c := newClinic(t)
			if fault.breaks != nil {
				fault.breaks(t, c)
			}
			findings, err := c.findings(t, fault.args...)
			var exit usage.ExitCode
			if (fault.state == bad) != errors.As(err, &exit) {
				t.Errorf("got %v", err)
			}
			if !slices.ContainsFunc(findings, fault.leadsTo) {
				t.Errorf("got %+v, want %s of %s: …%s…, …%s…", findings, fault.state, fault.about, fault.found, fault.advice)
			}
		})
	}
}

// leadsTo reports whether a finding is the one of the fault.
func (t fault) leadsTo(f finding) bool {
	return f.State == t.state && f.About == t.about &&
		strings.Contains(f.Found, t.found) && strings.Contains(f.Advice, t.advice)
}

// refuse has S3 answer requests of a method below a path with a status.
func (c *clinic) refuse(method, below string, status int) {
	c.s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.HasPrefix(r.URL.Path+"/", below) {
			return false
		}
		w.WriteHeader(status)
		if method != http.MethodHead {
			fmt.Fprint(w, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
		}
		return true
	})
}
