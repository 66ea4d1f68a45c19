package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

type apiResource struct {
	Name               string   `json:"name"`
	SingularName       string   `json:"singularName"`
	Namespaced         bool     `json:"namespaced"`
	Kind               string   `json:"kind"`
	Group              string   `json:"group"`
	Version            string   `json:"version"`
	Verbs              []string `json:"verbs"`
	ShortNames         []string `json:"shortNames"`
	Categories         []string `json:"categories"`
	StorageVersionHash string   `json:"storageVersionHash"`
}

type groupVersionDoc struct {
	group, version string
	resources      []apiResource
}

// discoveryDocs are the recorded discovery documents, groups and versions in the order in which they are served.
type discoveryDocs struct {
	versions []groupVersionDoc
}

func readDiscovery(source string) *discoveryDocs {
	dir := filepath.Join(source, "api", "discovery")
	docs := &discoveryDocs{}
	add := func(group, version, file string) {
		var list struct{ Resources []apiResource }
		readJSON(filepath.Join(dir, file), &list)
		docs.versions = append(docs.versions, groupVersionDoc{group, version, list.Resources})
	}
	add("", "v1", "api__v1.json")
	var groups struct {
		Groups []struct {
			Name     string
			Versions []struct{ GroupVersion, Version string }
		}
	}
	readJSON(filepath.Join(dir, "apis.json"), &groups)
	for _, group := range groups.Groups {
		for _, version := range group.Versions {
			add(group.Name, version.Version, "apis__"+strings.ReplaceAll(version.GroupVersion, "/", "__")+".json")
		}
	}
	return docs
}

func readJSON(path string, into any) {
	data, err := os.ReadFile(path)
	check(err)
	check(json.Unmarshal(data, into))
}
