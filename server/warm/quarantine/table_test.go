package quarantine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
)

// An item of a table: values by attribute and type.
type item = map[string]map[string]string

// memoryTable is a TableClient that keeps the items of a table in a map, by original.
type memoryTable map[string]item

func (m memoryTable) DoJSON(_ context.Context, operation string, in, _ any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var sent struct{ Item, Key item }
	if err := json.Unmarshal(body, &sent); err != nil {
		return err
	}
	switch operation {
	case "PutItem":
		m[sent.Item["original"]["S"]] = sent.Item
	case "DeleteItem":
		delete(m, sent.Key["original"]["S"])
	}
	return nil
}

func TestTable(t *testing.T) {
	memory := make(memoryTable)
	testTable(t, memory, "failures", func(key string) item { return memory[key] })
}

// TestTableServer runs against the server at IMGORIGIN_TEST_DYNAMODB, the URL of DynamoDB or of a double.
func TestTableServer(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_DYNAMODB")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_DYNAMODB is not set")
	}
	client := quarantine.NewTableClient(aws.Config{
		BaseEndpoint: &endpoint, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	name := "failures-" + fmt.Sprint(time.Now().UnixNano())
	err := client.DoJSON(t.Context(), "CreateTable", map[string]any{
		"TableName": name, "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": []any{map[string]string{"AttributeName": "original", "AttributeType": "S"}},
		"KeySchema":            []any{map[string]string{"AttributeName": "original", "KeyType": "HASH"}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	testTable(t, client, name, func(key string) item {
		var out struct{ Item item }
		in := map[string]any{"TableName": name, "Key": item{"original": {"S": key}}}
		if err := client.DoJSON(t.Context(), "GetItem", in, &out); err != nil {
			t.Fatal(err)
		}
		return out.Item
	})
	if err := (quarantine.Table{Client: client, Name: name}).Delete(t.Context(), "never/was.jpg"); err != nil {
		t.Error(err)
	}
}

func testTable(t *testing.T, client quarantine.TableClient, name string, get func(key string) item) {
	q := quarantine.WithTable(quarantinetest.NewMemory(), quarantine.Table{Client: client, Name: name, Keep: time.Hour})
	if err := q.Put(t.Context(), caseOf("2026/猫.jpg", `"1"`)); err != nil {
		t.Fatal(err)
	}
	want := item{
		"original": {"S": "2026/猫.jpg"}, "etag": {"S": `"1"`}, "reason": {"S": "corrupt"},
		"error": {"S": "corrupt image: bad marker"}, "time": {"S": "2001-09-09T01:46:40Z"}, "expires": {"N": "1000003600"},
	}
	if got := get("2026/猫.jpg"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := q.Release(t.Context(), "2026/猫.jpg"); err != nil {
		t.Fatal(err)
	}
	if got := get("2026/猫.jpg"); len(got) != 0 {
		t.Errorf("got %v after the release", got)
	}
	if err := q.Put(t.Context(), caseOf("unreachable.jpg", "")); err != nil {
		t.Errorf("a case without an ETag: %v", err)
	}
	if got, ok := get("unreachable.jpg")["etag"]["S"]; got != "" || !ok {
		t.Errorf("got the ETag %q, %t", got, ok)
	}
}
