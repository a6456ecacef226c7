package wasm_test

import (
	"os"
	"testing"

	"github.com/imgorigin/imgorigin/resize/wasm/wasmtest"
)

func TestMain(m *testing.M) {
	wasmtest.KeepTranslations()
	os.Exit(m.Run())
}
