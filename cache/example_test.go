package cache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// A variant that memory does not hold is made once, for all callers that ask for it.
func Example() {
	memory := cache.NewMemory(64 << 20)
	var flights cache.Flights
	get := func(ctx context.Context, k cache.Key) (*cache.Variant, error) {
		if v, ok := memory.Get(k); ok {
			return v, nil
		}
		v, _, err := flights.Do(ctx, k, 25*time.Second, func(ctx context.Context) (*cache.Variant, error) {
			began := memory.Begin()
			fmt.Println("making", k)
			body := []byte("a small cat")
			v := &cache.Variant{Body: body, MediaType: "image/webp", ETag: cache.ETag(body), Modified: time.Now()}
			memory.Put(k, v, began)
			return v, nil
		})
		return v, err
	}

	k := cache.Key{Original: "2026/cat.jpg", Transform: "w=480.webp"}
	for range 3 {
		v, err := get(context.Background(), k)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", v.Body)
	}
	memory.Drop("2026/cat.jpg") // the original has changed
	fmt.Println(memory.Len(), "held")
	// Output:
	// making 2026/cat.jpg/w=480.webp
	// a small cat
	// a small cat
	// a small cat
	// 0 held
}
