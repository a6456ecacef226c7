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
// Objects there that are not variants are deleted too, so only variants may be kept below the prefix.
func (s *S3Store) Drop(ctx context.Context, original string) error {
	if _, err := s.name(Key{original, "x"}); err != nil {
		return nil //nolint:nilerr // no variant of it has a name
	}
	folder := s.folder(original)
	names, err := s.list(ctx, folder)
	if err != nil {
		return bucket.Explain("list", s.config.Bucket, folder, err)
	}
	return s.deleteAll(ctx, folder, names)
}

// Delete implements [Store].
func (s *S3Store) Delete(ctx context.Context, original string, transforms ...string) error {
	var names []string
	for _, transform := range transforms {
		name, err := s.name(Key{original, transform})
		if err != nil {
			continue // no variant has such a name
		}
		names = append(names, name)
	}
	return s.deleteAll(ctx, s.folder(original), names)
}

// Transforms implements [Store].
func (s *S3Store) Transforms(ctx context.Context, original string) ([]string, error) {
	if _, err := s.name(Key{original, "x"}); err != nil {
		return nil, nil //nolint:nilerr // no variant of it has a name
	}
	folder := s.folder(original)
	names, err := s.list(ctx, folder)
	if err != nil {
		return nil, bucket.Explain("list", s.config.Bucket, folder, err)
	}
	transforms := names[:0]
	for _, name := range names {
		if k, ok := s.keyOf(name); ok && k.Original == original {
			transforms = append(transforms, k.Transform)
		}
	}
	return transforms, nil
}

// maxDeletes is the number of objects that one DeleteObjects request may name.
const maxDeletes = 1000

// list returns the objects directly in a folder. Drop deletes none before the list is complete: there are servers
// whose next page skips a key for each key that was deleted from the page before.
func (s *S3Store) list(ctx context.Context, folder string) (names []string, err error) {
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
				names = append(names, aws.ToString(object.Key))
			}
		}
	}
	return names, nil
}

// deleteAll deletes the objects with some names, all below folder. The error names objects that could not be deleted;
// the others are deleted.
func (s *S3Store) deleteAll(ctx context.Context, folder string, names []string) error {
	var errs []error
	for batch := range slices.Chunk(names, maxDeletes) {
		errs = append(errs, s.deleteBatch(ctx, batch))
	}
	return bucket.Explain("delete below", s.config.Bucket, folder, errors.Join(errs...))
}

// deleteBatch deletes at most maxDeletes objects. Its error has the first few that were refused.
func (s *S3Store) deleteBatch(ctx context.Context, names []string) error {
	doomed := make([]types.ObjectIdentifier, len(names))
	for i := range names {
		doomed[i].Key = &names[i]
	}
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
