package cloud_test

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
)

// Errors of a folder in place of a bucket are not those of S3, although their numbers pass for errors of a network.
func TestDiagnoseFolder(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EACCES, syscall.EIO, syscall.ETIMEDOUT} {
		err := fmt.Errorf("list originals: %w", &fs.PathError{Op: "open", Path: "2026", Err: errno})
		d := cloud.Bucket.Diagnose(err)
		if d.Found != err.Error() || d.IsPermanent || strings.Contains(d.Advice, "NAT") {
			t.Errorf("%v: got %+v", err, d)
		}
		if hasAdvice := d.Advice != ""; hasAdvice != (errno == syscall.EACCES) {
			t.Errorf("%v: got the advice %q", err, d.Advice)
		}
	}
}
