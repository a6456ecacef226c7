//go:build !unix

package server

import "time"

func processTime() time.Duration { return 0 }
