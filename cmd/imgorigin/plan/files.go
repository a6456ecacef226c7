package plan

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

// A logFile is a file of an access log.
type logFile struct {
	name     string
	size     int64 // 0 if it is not known
	isRemote bool
	open     func(ctx context.Context) (io.ReadCloser, error)
}

// listLogs returns the files that arguments name, each once. Those of a folder or bucket come in the order of their
// names, which is that of time for the logs of CloudFront and S3.
func listLogs(ctx context.Context, arguments []string) (files []logFile, err error) {
	for _, argument := range arguments {
		rest, isS3 := strings.CutPrefix(argument, "s3://")
		switch {
		case argument == "-":
			files = append(files, logFile{name: "the standard input", open: func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(os.Stdin), nil
			}})
			continue
		case isS3:
			err = listS3Logs(ctx, rest, &files)
		default:
			err = listLocalLogs(argument, &files)
		}
		if err != nil {
			return nil, err
		}
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(files, func(f logFile) bool {
		key := f.name
		if absolute, err := filepath.Abs(f.name); err == nil && !f.isRemote {
			key = absolute
		}
		isAgain := seen[key]
		seen[key] = true
		return isAgain
	}), nil
}

func listLocalLogs(root string, files *[]logFile) error {
	before := len(*files)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(path) // it may be a link
		switch {
		case path == root && err != nil:
			return err
		case path == root:
		case err != nil, !info.Mode().IsRegular(): // such as a link to nothing
			return nil
		}
		open := func(context.Context) (io.ReadCloser, error) { return os.Open(path) }
		*files = append(*files, logFile{name: path, size: info.Size(), open: open})
		return nil
	})
	if err == nil && len(*files) == before {
		err = fmt.Errorf("%s has no files", root)
	}
	return err
}

func listS3Logs(ctx context.Context, at string, files *[]logFile) error {
	bucket, prefix, err := storage.CutBucket(at)
	if err != nil {
		return usage.Errorf("s3://%s: %w", at, err)
	}
	client, err := cloud.NewS3(ctx)
	if err == nil {
		err = cloud.CheckRegion(client)
	}
	if err != nil {
		return err
	}
	before := len(*files)
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			if d := cloud.LogBucket.Diagnose(err); d.Advice != "" {
				return fmt.Errorf("s3://%s: %s\n→ %s", at, d.Found, d.Advice)
			}
			return fmt.Errorf("list s3://%s: %w", at, err)
		}
		for _, object := range page.Contents {
			open := func(ctx context.Context) (io.ReadCloser, error) {
				out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: object.Key})
				if err == nil {
					return out.Body, nil
				}
				if d := cloud.LogBucket.Diagnose(err); d.Advice != "" {
					err = fmt.Errorf("%s, %s", d.Found, d.Advice)
				}
				return nil, err
			}
			if *object.Size == 0 && strings.HasSuffix(*object.Key, "/") { // what consoles make for a folder
				continue
			}
			*files = append(*files, logFile{name: "s3://" + bucket + "/" + *object.Key, size: *object.Size, isRemote: true, open: open})
		}
	}
	if len(*files) == before {
		return fmt.Errorf("s3://%s has no files", at)
	}
	return nil
}

// A logProgress reads logs, counts their lines, and shows how far it is on a terminal.
type logProgress struct {
	w                 io.Writer
	width             int // columns of the terminal; 0 if there is none
	began, shown      time.Time
	done, all         int64 // bytes, as they are stored
	lines, unreadable int64
	formats           map[string]int
}

func newLogProgress(w io.Writer, files []logFile) *logProgress {
	p := &logProgress{w: w, width: terminal.Width(w), began: time.Now(), formats: make(map[string]int)}
	for _, f := range files {
		p.all += f.size
	}
	return p
}

// read reads a file.
func (p *logProgress) read(ctx context.Context, f pendingFile, use func(*accesslog.Entry)) (accesslog.Summary, error) {
	body, err := f.body(ctx)
	if err != nil {
		return accesslog.Summary{}, err
	}
	defer body.Close()
	s, err := accesslog.Read(countingReader{ctx, body, p}, use)
	p.lines += s.Lines
	p.unreadable += s.Unreadable
	if s.Format != "" {
		p.formats[s.Format]++
	}
	return s, err
}

// formatList returns the formats that were read, such as CloudFront, W3C.
func (p *logProgress) formatList() string {
	return strings.Join(slices.Sorted(maps.Keys(p.formats)), "; ")
}

// A countingReader shows the progress of reading.
type countingReader struct {
	ctx context.Context
	io.Reader
	p *logProgress
}

func (r countingReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(b)
	r.p.done += int64(n)
	r.p.show()
	return n, err
}

// show shows bytes, rate and the time that is left, five times a second.
func (p *logProgress) show() {
	if p.width == 0 || time.Since(p.shown) < 200*time.Millisecond {
		return
	}
	p.shown = time.Now()
	line := []rune(logBar(p.done, p.all, time.Since(p.began)))
	fmt.Fprintf(p.w, "\r%-*s", p.width-1, string(line[:min(len(line), p.width-1)]))
}

// end moves to the line below the bar.
func (p *logProgress) end() {
	if p.width > 0 {
		fmt.Fprintln(p.w)
	}
}

// logBar returns a line such as
//
//	1.2 GiB of 4.0 GiB · 61 MiB/s · 47s left
func logBar(read, all int64, took time.Duration) string {
	rate := float64(read) / max(took.Seconds(), 0.001)
	if all <= read {
		return fmt.Sprintf("%s · %s/s", terminal.FormatBytes(read), terminal.FormatBytes(int64(rate)))
	}
	left := time.Duration(float64(all-read) / max(rate, 1) * float64(time.Second))
	return fmt.Sprintf("%s of %s · %s/s · %s left", terminal.FormatBytes(read), terminal.FormatBytes(all), terminal.FormatBytes(int64(rate)), left.Round(time.Second))
}
