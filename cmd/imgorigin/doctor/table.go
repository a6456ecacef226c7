package doctor

import (
	"context"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
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
	table := quarantine.Table{Client: quarantine.NewTableClient(settings), Name: d.FailuresTable}
	if err := table.Delete(ctx, storage.UnusedKey()); err != nil {
		d.addDiagnosis(bad, about, d.FailuresTable, cloud.Table.Diagnose(err))
		return
	}
	d.addGood(about, "%s is there", d.FailuresTable)
}
