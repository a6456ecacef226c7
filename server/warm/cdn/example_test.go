package cdn_test

import (
	"context"
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/cdn"
)

// printingClient prints the paths to invalidate. Otherwise, use a cdn.Client.
type printingClient struct{ cdn.Client }

func (printingClient) Create(_ context.Context, _ string, b cdn.Batch) (id string, err error) {
	for _, path := range b.Items {
		fmt.Println(path)
	}
	return "I1", nil
}

func Example() {
	distribution := cdn.NewCloudFront(cdn.Config{
		Client: printingClient{}, Distribution: "E1", Wait: time.Millisecond,
	})
	ctx := context.Background()
	if err := distribution.Invalidate(ctx, "2026/black cat.jpg"); err != nil {
		fmt.Println(err)
	}
	if err := distribution.Close(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// /v/2026/black%20cat.jpg/*
	// /img/2026/black%20cat.jpg*
}
