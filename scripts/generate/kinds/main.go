// Command kinds writes the tables of packages/schema/src/generated from the Go types of the Kubernetes API and from
// the discovery and OpenAPI documents which its repository records. Run it through scripts/generate-kinds.mjs.
//
// The output depends only on the versions in go.mod and on kubernetesVersion: running it twice changes nothing.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	kubernetesVersion = "v1.37.2"
	kubernetesMinor   = 37
)

func main() {
	if len(os.Args) != 3 {
		fail("usage: kinds <folder of the generated tables> <folder of the test fixtures>")
	}
	outDir, fixtureDir := os.Args[1], os.Args[2]
	source := kubernetesDir()
	discovery := readDiscovery(source)
	types := collectTypes(newScheme())
	writeTypes(filepath.Join(outDir, "types.json"), types)
	writeDescriptions(filepath.Join(outDir, "descriptions.json"), types)
	writeResources(filepath.Join(outDir, "resources.json"), discovery, types.scheme)
	writeFixtures(fixtureDir, types)
}

// kubernetesDir is where the module k8s.io/kubernetes lies; only its recorded documents are read, it is never built.
func kubernetesDir() string {
	out, err := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes@"+kubernetesVersion).Output()
	check(err)
	var module struct{ Dir string }
	check(json.Unmarshal(out, &module))
	return module.Dir
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
