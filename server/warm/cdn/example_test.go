package cdn_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/imgorigin/imgorigin/server/warm/cdn"
)

// printingClient prints the paths to invalidate. Otherwise, use a *cloudfront.Client.
type printingClient struct{ cdn.Client }

func (printingClient) CreateInvalidation(
	_ context.Context, in *cloudfront.CreateInvalidationInput, _ ...func(*cloudfront.Options),
) (*cloudfront.CreateInvalidationOutput, error) {
	for _, path := range in.InvalidationBatch.Paths.Items {
		fmt.Println(path)
	}
	return &cloudfront.CreateInvalidationOutput{Invalidation: &types.Invalidation{Id: aws.String("I1")}}, nil
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
