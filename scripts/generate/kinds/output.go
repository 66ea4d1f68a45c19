package main

import (
	"bytes"
	"encoding/json"
	"os"
	"sort"
	"strconv"
	"strings"

	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// encode is compact JSON without HTML escapes.
func encode(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	check(encoder.Encode(value))
	return strings.TrimSuffix(buffer.String(), "\n")
}

// writeLines writes an object of lists, one list item a line, so that a new release is a readable diff.
func writeLines(path string, sections map[string][]any) {
	var out strings.Builder
	out.WriteString("{")
	for i, name := range sortedKeys(sections) {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n" + encode(name) + ":[")
		for j, item := range sections[name] {
			if j > 0 {
				out.WriteString(",")
			}
			out.WriteString("\n" + encode(item))
		}
		out.WriteString("\n]")
	}
	out.WriteString("\n}\n")
	check(os.WriteFile(path, []byte(out.String()), 0o644))
}

func writeTypes(path string, set *typeSet) {
	var out strings.Builder
	out.WriteString("{\n\"types\":{")
	for i, name := range sortedKeys(set.lines) {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n" + encode(name) + ":" + encode(strings.Join(set.lines[name], "\n")))
	}
	out.WriteString("\n},\n\"kinds\":{")
	for i, gv := range sortedKeys(set.kinds) {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n" + encode(gv) + ":" + encode(set.kinds[gv]))
	}
	out.WriteString("\n}\n}\n")
	check(os.WriteFile(path, []byte(out.String()), 0o644))
}

// writeDescriptions writes every text once; types point to them by position: own text first, then own fields.
func writeDescriptions(path string, set *typeSet) {
	texts := []string{""}
	index := map[string]int{"": 0}
	types := map[string]string{}
	for _, name := range sortedKeys(set.texts) {
		numbers := []string{}
		for _, text := range set.texts[name] {
			number, known := index[text]
			if !known {
				number = len(texts)
				index[text] = number
				texts = append(texts, text)
			}
			numbers = append(numbers, strconv.Itoa(number))
		}
		types[name] = strings.Join(numbers, " ")
	}
	var out strings.Builder
	out.WriteString("{\n\"texts\":[")
	for i, text := range texts {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n" + encode(text))
	}
	out.WriteString("\n],\n\"types\":{")
	for i, name := range sortedKeys(types) {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n" + encode(name) + ":" + encode(types[name]))
	}
	out.WriteString("\n},\n\"leaves\":{")
	models := leafModels(set)
	for i, name := range sortedKeys(models) {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n" + encode(name) + ":" + encode(models[name]))
	}
	out.WriteString("\n}\n}\n")
	check(os.WriteFile(path, []byte(out.String()), 0o644))
}

// leafModel is the published schema of a type with an encoding of its own, where the two OpenAPI versions differ in two.
type leafModel struct {
	V3 spec.Schema  `json:"v3"`
	V2 *spec.Schema `json:"v2,omitempty"`
}

func leafModels(set *typeSet) map[string]leafModel {
	models := map[string]leafModel{}
	names := append(sortedKeys(leaves), "io.k8s.apimachinery.pkg.apis.meta.v1.Patch")
	for _, name := range names {
		definition, ok := set.definitions[name]
		if !ok {
			fail("no OpenAPI definition of %s", name)
		}
		model := leafModel{V3: definition.Schema}
		if v2, ok := definition.Schema.Extensions[common.ExtensionV2Schema].(common.OpenAPIDefinition); ok {
			model.V2 = &v2.Schema
			delete(model.V3.Extensions, common.ExtensionV2Schema)
		} else if v2, ok := definition.Schema.Extensions[common.ExtensionV2Schema].(spec.Schema); ok {
			model.V2 = &v2
			delete(model.V3.Extensions, common.ExtensionV2Schema)
		}
		models[name] = model
	}
	return models
}

func sortedKeys[V any](values map[string]V) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func anySlice[T any](values []T) []any {
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}
