package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server/emf"
)

// emfFlags are the flags of commands whose metrics can go to CloudWatch.
type emfFlags struct {
	EMF      string        `group:"sight" name:"emf" placeholder:"NAMESPACE" help:"Namespace of CloudWatch that the figures which matter go to, through the log (embedded metric format)."`
	EMFEvery time.Duration `group:"sight" name:"emf-every" default:"1m" help:"How often they do."`
}

// Validate is called by kong.
func (f emfFlags) Validate() error {
	if f.EMFEvery <= 0 {
		return fmt.Errorf("--emf-every %v: want more than nothing", f.EMFEvery)
	}
	return nil
}

// open returns nil, which exports nothing, without --emf.
func (f emfFlags) openEMF(output io.Writer, metrics prometheus.Gatherer, log *slog.Logger) *emf.Exporter {
	if f.EMF == "" {
		return nil
	}
	return emf.New(emf.Config{Namespace: f.EMF, Every: f.EMFEvery, Output: output, Metrics: metrics, Log: log})
}
