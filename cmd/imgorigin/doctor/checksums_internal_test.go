package doctor

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctorFindsChecksumsRefused has a server that takes no chunks with a checksum behind them, which the SDK sends over TLS.
func TestDoctorFindsChecksumsRefused(t *testing.T) {
	c := newClinic(t)
	server := httptest.NewTLSServer(c.s3)
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	must(t, os.WriteFile(authority, certificate, 0o600))
	t.Setenv("AWS_CA_BUNDLE", authority)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	const setting = "AWS_REQUEST_CHECKSUM_CALCULATION"
	advised := func() (about []string) {
		findings, _ := c.findings(t)
		for _, f := range findings {
			if f.State == bad && strings.Contains(f.Advice, setting+"=when_required") {
				about = append(about, f.About)
			}
		}
		return about
	}
	if got := strings.Join(advised(), " "); got != "variants quarantine" {
		t.Errorf("got the advice about %q, want variants and quarantine", got)
	}
	t.Setenv(setting, "when_required")
	if findings, err := c.findings(t); err != nil {
		t.Errorf("with the advice taken: got %v, %+v", err, findings)
	}
}
