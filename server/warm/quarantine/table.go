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

// A TableClient is what a Table needs of DynamoDB; a *dynamodb.Client is one.
type TableClient interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// A Table lists the originals of a quarantine in DynamoDB, for alarms and for people who ask:
//
//	original  S  the key of the table
//	etag, reason, error, time  S
//	expires   N  unix time, for the table's TTL
type Table struct {
	Client TableClient
	Name   string
	Keep   time.Duration // default 90 days
}

// listing is a quarantine whose cases are in a table too.
type listing struct {
	Store
	table Table
}

// WithTable returns q with its cases in a table too. The quarantine is what counts: the table has an item only of
// what is in there, and is told again when a message comes again.
func WithTable(q Store, t Table) Store { return listing{q, t} }

func (l listing) Put(ctx context.Context, c Case) error {
	if err := l.Store.Put(ctx, c); err != nil {
		return err
	}
	return l.table.put(ctx, c)
}

func (l listing) Release(ctx context.Context, original string) error {
	if err := l.Store.Release(ctx, original); err != nil {
		return err
	}
	return l.table.delete(ctx, original)
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
