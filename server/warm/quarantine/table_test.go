package quarantine_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
)

// memoryTable is a TableClient that keeps the items of a table in a map, by original.
type memoryTable struct {
	items map[string]map[string]types.AttributeValue
}

func originalOf(item map[string]types.AttributeValue) string {
	return item["original"].(*types.AttributeValueMemberS).Value
}

func (m memoryTable) PutItem(
	_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	m.items[originalOf(in.Item)] = in.Item
	return &dynamodb.PutItemOutput{}, nil
}

func (m memoryTable) DeleteItem(
	_ context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	delete(m.items, originalOf(in.Key))
	return &dynamodb.DeleteItemOutput{}, nil
}

func TestTable(t *testing.T) {
	memory := memoryTable{make(map[string]map[string]types.AttributeValue)}
	testTable(t, memory, "failures", func(key string) map[string]types.AttributeValue { return memory.items[key] })
}

// TestTableServer runs against the server at IMGORIGIN_TEST_DYNAMODB, the URL of DynamoDB or of a double.
func TestTableServer(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_DYNAMODB")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_DYNAMODB is not set")
	}
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	name := aws.String("failures-" + fmt.Sprint(time.Now().UnixNano()))
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("original"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("original"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	testTable(t, client, *name, func(key string) map[string]types.AttributeValue {
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: name, Key: map[string]types.AttributeValue{"original": &types.AttributeValueMemberS{Value: key}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Item
	})
}

func testTable(
	t *testing.T, client quarantine.TableClient, name string, get func(key string) map[string]types.AttributeValue,
) {
	q := quarantine.WithTable(quarantinetest.NewMemory(), quarantine.Table{Client: client, Name: name, Keep: time.Hour})
	if err := q.Put(t.Context(), caseOf("2026/猫.jpg", `"1"`)); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for attribute, value := range get("2026/猫.jpg") {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			got[attribute] = v.Value
		case *types.AttributeValueMemberN:
			got[attribute] = "N " + v.Value
		}
	}
	want := map[string]string{
		"original": "2026/猫.jpg", "etag": `"1"`, "reason": "corrupt", "error": "corrupt image: bad marker",
		"time": "2001-09-09T01:46:40Z", "expires": "N 1000003600",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := q.Release(t.Context(), "2026/猫.jpg"); err != nil {
		t.Fatal(err)
	}
	if got := get("2026/猫.jpg"); len(got) != 0 {
		t.Errorf("got %v after the release", got)
	}
}
