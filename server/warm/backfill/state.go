package backfill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/atomicfile"
	"github.com/imgorigin/imgorigin/cache/bucket"
)

// A StateFile keeps the position of a job between its runs.
type StateFile interface {
	// Load returns what was saved last. The error matches [fs.ErrNotExist] when nothing was.
	Load(ctx context.Context) ([]byte, error)

	// Save replaces what was saved, wholly or not at all.
	Save(ctx context.Context, state []byte) error
}

// LocalState is the path of a state file on this machine.
type LocalState string

// Load implements [StateFile].
func (l LocalState) Load(context.Context) ([]byte, error) { return os.ReadFile(string(l)) }

// Save implements [StateFile].
func (l LocalState) Save(_ context.Context, state []byte) error {
	dir, name := filepath.Split(string(l))
	root, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer root.Close()
	return atomicfile.Write(root, ".state-", name, bytes.NewReader(state))
}

// An S3State is a state file in a bucket.
type S3State struct {
	Client      *s3.Client
	Bucket, Key string
}

// Load implements [StateFile].
func (l S3State) Load(ctx context.Context) ([]byte, error) {
	out, err := l.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &l.Bucket, Key: &l.Key})
	if err != nil {
		return nil, bucket.Explain("get", l.Bucket, l.Key, bucket.Confirm(ctx, l.Client, l.Bucket, err))
	}
	defer out.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(out.Body)
	return body.Bytes(), err
}

// Save implements [StateFile].
func (l S3State) Save(ctx context.Context, state []byte) error {
	_, err := l.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &l.Bucket, Key: &l.Key, Body: bytes.NewReader(state), ContentType: aws.String("application/json"),
	})
	return bucket.Explain("put", l.Bucket, l.Key, err)
}

// position is the content of a state file.
type position struct {
	Job   string    `json:"job"`   // identity of the job, which no other job may continue
	Began time.Time `json:"began"` // when the first run of the job began
	After string    `json:"after"` // the key up to which all originals are done
	Sum   Summary   `json:"sum"`   // of these originals
}

// loadPosition returns the position of a job, that of its beginning if nothing was saved or f is nil.
func loadPosition(ctx context.Context, f StateFile, job string) (p position, err error) {
	fresh := position{Job: job}
	if f == nil {
		return fresh, nil
	}
	state, err := f.Load(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err == nil {
		err = json.Unmarshal(state, &p)
	}
	switch {
	case err != nil:
		return p, fmt.Errorf("state: %w", err)
	case p.Job != job:
		return p, fmt.Errorf("state: it belongs to another job: %s, not %s", p.Job, job)
	}
	return p, nil
}

// save saves the position, unless f is nil.
func (p position) save(ctx context.Context, f StateFile) error {
	if f == nil {
		return nil
	}
	state, err := json.Marshal(p)
	if err == nil {
		err = f.Save(ctx, state)
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}
