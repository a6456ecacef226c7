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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/atomicfile"
	"github.com/imgorigin/imgorigin/cache/bucket"
)

// A StateFile keeps how far a backfill has come.
type StateFile interface {
	// Load returns what was saved last. The error matches [fs.ErrNotExist] when there is nothing.
	Load(ctx context.Context) ([]byte, error)

	// Save keeps state, all of it or what was there.
	Save(ctx context.Context, state []byte) error
}

// LocalState is a state file of this machine, by path.
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

// S3State is a state file in a bucket.
type S3State struct {
	Client      *s3.Client
	Bucket, Key string
}

// Load implements [StateFile].
func (l S3State) Load(ctx context.Context) ([]byte, error) {
	out, err := l.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &l.Bucket, Key: &l.Key})
	if err != nil {
		return nil, bucket.Explain("get", l.Bucket, l.Key, err)
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

// position is what a state file holds.
type position struct {
	Job   string  `json:"job"`   // what was asked for; another job must not go on from here
	After string  `json:"after"` // key up to which all is done
	Sum   Summary `json:"sum"`   // until there
}

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
		return p, fmt.Errorf("state: it is of another backfill: %s, not %s", p.Job, job)
	}
	return p, nil
}
