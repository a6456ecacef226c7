package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// Drop implements [Store]. It deletes the objects directly under the original's key, not deeper: a/b.jpg/w=480.webp is
// a variant of a/b.jpg, not of a. The error names objects that could not be deleted; the others are deleted.
//
// Objects there that are no variants are deleted too, so only variants may be kept below the prefix.
func (s *S3Store) Drop(ctx context.Context, original string) error {
	if _, err := s.name(Key{original, "x"}); err != nil {
		return nil //nolint:nilerr // no variant of it has a name
	}
	folder := s.config.Prefix + original + "/"
	doomed, err := s.list(ctx, folder)
	if err != nil {
		return bucket.Explain("list", s.config.Bucket, folder, err)
	}
	var errs []error
	for batch := range slices.Chunk(doomed, maxDeletes) {
		errs = append(errs, s.delete(ctx, batch))
	}
	return bucket.Explain("delete below", s.config.Bucket, folder, errors.Join(errs...))
}

// maxDeletes is the number of objects that one DeleteObjects request may name.
const maxDeletes = 1000

// list returns the objects directly in a folder. Drop deletes none before the list is complete: there are servers
// whose next page skips a key for each key that was deleted from the page before.
func (s *S3Store) list(ctx context.Context, folder string) ([]types.ObjectIdentifier, error) {
	var found []types.ObjectIdentifier
	pages := s3.NewListObjectsV2Paginator(s.config.Client, &s3.ListObjectsV2Input{
		Bucket: &s.config.Bucket, Prefix: &folder, Delimiter: aws.String("/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			if aws.ToString(object.Key) != folder { // the marker that S3 consoles make for a folder
				found = append(found, types.ObjectIdentifier{Key: object.Key})
			}
		}
	}
	return found, nil
}

// delete deletes at most maxDeletes objects. Its error has the first few that were refused.
func (s *S3Store) delete(ctx context.Context, doomed []types.ObjectIdentifier) error {
	out, err := s.config.Client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &s.config.Bucket, Delete: &types.Delete{Objects: doomed, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range out.Errors {
		errs = append(errs, fmt.Errorf("%s: %s: %s", aws.ToString(e.Key), aws.ToString(e.Code), aws.ToString(e.Message)))
	}
	if len(errs) > 0 {
		return fmt.Errorf("%d of %d not deleted: %w", len(errs), len(doomed), errors.Join(errs[:min(len(errs), 3)]...))
	}
	return nil
}
