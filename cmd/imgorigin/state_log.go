package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/imgorigin/imgorigin/server"
)

// logState writes what a server is doing into its log. It does so at any level of the log, as an operator has asked.
func logState(ctx context.Context, origin *server.Server, log *slog.Logger) {
	state, err := json.Marshal(origin.State())
	if err != nil {
		log.ErrorContext(ctx, "state", "err", err)
		return
	}
	record := slog.NewRecord(time.Now(), slog.LevelInfo, "state", 0)
	record.AddAttrs(slog.Any("state", json.RawMessage(state)))
	log.Handler().Handle(ctx, record)
}
