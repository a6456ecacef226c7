package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
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
	table, err := quarantine.Table{Client: quarantine.NewTableClient(settings), Name: d.FailuresTable}.Describe(ctx)
	if err != nil {
		d.add(bad, about, err.Error(),
			"is the name right, and the region? the role needs dynamodb:DescribeTable for the check, "+
				"dynamodb:PutItem and dynamodb:DeleteItem to work")
		return
	}
	switch {
	case table.Status != "ACTIVE":
		d.add(fair, about, fmt.Sprintf("%s is %s", d.FailuresTable, table.Status), "")
	case !slices.Equal(table.Key, []string{"original"}):
		d.add(bad, about,
			fmt.Sprintf("%s has the key %s, want original alone, a string", d.FailuresTable, strings.Join(table.Key, ", ")),
			"create it again")
	default:
		d.addGood(about, "%s is there", d.FailuresTable)
	}
}
