package awsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// DoJSON calls an operation of an API whose protocol is JSON 1.0, such as DynamoDB. The answer is decoded into out, unless
// that is nil.
func (c *Client) DoJSON(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.service.ID, operation, err)
	}
	answer, err := c.Do(ctx, Request{
		Operation: operation, Method: http.MethodPost, Path: "/", Body: body, Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {c.service.Target + "." + operation},
		},
	})
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not JSON: %w", c.service.ID, operation, err)
	}
	return nil
}
