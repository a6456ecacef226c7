package cache

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// Originals implements [Walker]. It lists all objects below the prefix, which is a request for each 1,000 variants, and
// yields an original at the first of its variants. Their names need not follow each other:
//
//	a/1            variant 1 of a                      ─► a
//	a/b.jpg/w=1    variant of a/b.jpg                  ─► a/b.jpg
//	a/w=1          another variant of a, yielded above
//	b/w=1          variant of b: nothing below a/ can follow ─► b
//
// So it remembers an original as long as names begin with its key and a slash: no more keys than a name has slashes.
func (s *S3Store) Originals(ctx context.Context, prefix, after string) iter.Seq2[string, error] {
	in := &s3.ListObjectsV2Input{Bucket: &s.config.Bucket, Prefix: aws.String(s.config.Prefix + s.escape(prefix))}
	if after != "" {
		in.StartAfter = aws.String(s.folder(after))
	}
	return func(yield func(string, error) bool) {
		open := make([]string, 0, 8) // originals yielded whose folders contain the present name, each within the one before
		if after != "" {
			open = append(open, after)
		}
		pages := s3.NewListObjectsV2Paginator(s.config.Client, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", bucket.Explain("list", s.config.Bucket, *in.Prefix, err))
				return
			}
			for _, object := range page.Contents {
				k, ok := s.keyOf(aws.ToString(object.Key))
				if !ok {
					continue
				}
				original := k.Original
				for n := len(open) - 1; n >= 0 && !strings.HasPrefix(original+"/", open[n]+"/"); n-- {
					open = open[:n]
				}
				isOpen := len(open) > 0 && open[len(open)-1] == original
				if isOpen || !strings.HasPrefix(original, prefix) {
					continue
				}
				if open = append(open, original); !yield(original, nil) {
					return
				}
			}
		}
	}
}
