package house_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "renew pages and pictures that tests hold")

// TestMain goes to the root of the project: what the tests read, build and run lies all over the house.
func TestMain(m *testing.M) {
	if err := os.Chdir(".."); err != nil {
		fmt.Fprintln(os.Stderr, "go to the root of the project:", err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}
