// Package samples holds pictures to try the server with: landscape, portrait that is stored lying on its side,
// alpha, animation, and fine detail. All are painted by generate.go.
package samples

import "embed"

//go:generate go run generate.go

// Files are the pictures, in the root.
//
//go:embed *.jpg *.png *.gif
var Files embed.FS
