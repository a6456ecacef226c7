package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// checkTable checks the table of failures.
func (d *doctor) checkTable(ctx context.Context) {
	const about = "table"
	if d.FailuresTable == "" {
		return
	}
	settings, ok := d.awsConfig(ctx, about)
	if !ok {
		return
	}
	client := dynamodb.NewFromConfig(settings)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &d.FailuresTable})
	if err != nil {
		d.add(bad, about, err.Error(),
			"is the name right, and the region? the role needs dynamodb:DescribeTable for the check, "+
				"dynamodb:PutItem and dynamodb:DeleteItem to work")
		return
	}
	var key []string
	for _, element := range out.Table.KeySchema {
		key = append(key, aws.ToString(element.AttributeName))
	}
	switch {
	case out.Table.TableStatus != dynamodbtypes.TableStatusActive:
		d.add(fair, about, fmt.Sprintf("%s is %s", d.FailuresTable, out.Table.TableStatus), "")
	case !slices.Equal(key, []string{"original"}):
		d.add(bad, about,
			fmt.Sprintf("%s has the key %s, want original alone, a string", d.FailuresTable, strings.Join(key, ", ")),
			"create it again")
	default:
		d.addGood(about, "%s is there", d.FailuresTable)
	}
}
