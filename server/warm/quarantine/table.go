package quarantine

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A TableClient is the part of a *dynamodb.Client that a Table needs.
type TableClient interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(
		context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options),
	) (*dynamodb.DeleteItemOutput, error)
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
	return s.table.delete(ctx, original)
}

func (t Table) put(ctx context.Context, c Case) error {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	expires := c.Time.Add(cmp.Or(t.Keep, 90*24*time.Hour))
	_, err := t.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.Name, Item: map[string]types.AttributeValue{
		"original": text(c.Original),
		"etag":     text(c.ETag),
		"reason":   text(string(c.Reason)),
		"error":    text(c.Error),
		"time":     text(c.Time.UTC().Format(time.RFC3339)),
		"expires":  &types.AttributeValueMemberN{Value: strconv.FormatInt(expires.Unix(), 10)},
	}})
	if err != nil {
		return fmt.Errorf("dynamodb put %s into %s: %w", c.Original, t.Name, err)
	}
	return nil
}

func (t Table) delete(ctx context.Context, original string) error {
	_, err := t.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(t.Name),
		Key:       map[string]types.AttributeValue{"original": &types.AttributeValueMemberS{Value: original}},
	})
	if err != nil {
		return fmt.Errorf("dynamodb delete %s from %s: %w", original, t.Name, err)
	}
	return nil
}
