package cachetest_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

func TestMapStore(t *testing.T) {
	cachetest.TestStore(t, cachetest.Weak{}, func(t *testing.T) cache.Store { return new(cachetest.MapStore) })
}
