package quarantine

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/imgorigin/imgorigin/server/warm/awsapi"
)

// A TableClient sends requests to the API of DynamoDB. [NewTableClient] returns one.
type TableClient interface {
	DoJSON(ctx context.Context, operation string, in, out any) error
}

// A Table is a table of DynamoDB with an item for each case, for queries and alarms:
//
//	original                   S  the table's key
//	etag, reason, error, time  S
//	expires                    N  Unix time, for the table's TTL
type Table struct {
	Client TableClient
	Name   string

	// Keep is how long after its time a case expires. The default is 90 days.
	Keep time.Duration
}

// tableStore is a store whose cases are in a table as well.
type tableStore struct {
	Store
	table Table
}

// WithTable returns s with its cases in a table as well. The store is written first, so the table never lists an
// original that is not in quarantine. When the table can't be written, Put and Release return the error, and have to be
// repeated; see [Cached.Confirm].
func WithTable(s Store, t Table) Store { return tableStore{s, t} }

// Put implements [Store].
func (s tableStore) Put(ctx context.Context, c Case) error {
	if err := s.Store.Put(ctx, c); err != nil {
		return err
	}
	return s.table.put(ctx, c)
}

// Release implements [Store].
func (s tableStore) Release(ctx context.Context, original string) error {
	if err := s.Store.Release(ctx, original); err != nil {
		return err
	}
	return s.table.Delete(ctx, original)
}

// NewTableClient returns a client for the API of DynamoDB, or for the server that AWS_ENDPOINT_URL_DYNAMODB names.
func NewTableClient(settings aws.Config) *awsapi.Client {
	return awsapi.New(settings, awsapi.Service{ID: "DynamoDB", Name: "dynamodb", Target: "DynamoDB_20120810"})
}

// attribute is a value of an item by its type: a string S, or a number N in decimal.
type attribute map[string]string

func text(s string) attribute { return attribute{"S": s} }

func (t Table) put(ctx context.Context, c Case) error {
	expires := c.Time.Add(cmp.Or(t.Keep, 90*24*time.Hour))
	err := t.Client.DoJSON(ctx, "PutItem", map[string]any{"TableName": t.Name, "Item": map[string]attribute{
		"original": text(c.Original),
		"etag":     text(c.ETag),
		"reason":   text(string(c.Reason)),
		"error":    text(c.Error),
		"time":     text(c.Time.UTC().Format(time.RFC3339)),
		"expires":  {"N": strconv.FormatInt(expires.Unix(), 10)},
	}}, nil)
	if err != nil {
		return fmt.Errorf("dynamodb put %s into %s: %w", c.Original, t.Name, err)
	}
	return nil
}

// Delete deletes the item of an original, if there is one. For an original that never was, it only finds out whether the
// table is there, with the right key, and may be written.
func (t Table) Delete(ctx context.Context, original string) error {
	err := t.Client.DoJSON(ctx, "DeleteItem", map[string]any{
		"TableName": t.Name, "Key": map[string]attribute{"original": text(original)},
	}, nil)
	if err != nil {
		return fmt.Errorf("dynamodb delete %s from %s: %w", original, t.Name, err)
	}
	return nil
}
