package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	generated "k8s.io/kubernetes/pkg/generated/openapi"
)

// leaves are the types with an encoding of their own: the engine knows them by these words.
var leaves = map[string]string{
	"io.k8s.apimachinery.pkg.apis.meta.v1.Time":                                             "time",
	"io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime":                                        "microTime",
	"io.k8s.apimachinery.pkg.apis.meta.v1.Duration":                                         "duration",
	"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1":                                         "raw",
	"io.k8s.apimachinery.pkg.api.resource.Quantity":                                         "quantity",
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString":                                       "intOrString",
	"io.k8s.apimachinery.pkg.runtime.RawExtension":                                          "raw",
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON":                         "raw",
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool":        "schemaOrBool",
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray":       "schemaOrArray",
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "schemaOrStrings",
}

type typeSet struct {
	definitions map[string]common.OpenAPIDefinition
	// lines of types.json by model name; the first is the header
	lines map[string][]string
	// text of a type and of its own fields, for descriptions.json
	texts  map[string][]string
	kinds  map[string]map[string]string
	gvks   map[string][]string
	scheme *runtime.Scheme
}

type modelNamer interface{ OpenAPIModelName() string }

func modelName(t reflect.Type) string {
	if namer, ok := reflect.Zero(t).Interface().(modelNamer); ok {
		return namer.OpenAPIModelName()
	}
	fail("no OpenAPI model name for %s.%s", t.PkgPath(), t.Name())
	return ""
}

func collectTypes(scheme *runtime.Scheme) *typeSet {
	set := &typeSet{
		definitions: generated.GetOpenAPIDefinitions(func(name string) spec.Ref {
			return spec.MustCreateRef("#/components/schemas/" + name)
		}),
		lines: map[string][]string{}, texts: map[string][]string{},
		kinds: map[string]map[string]string{}, gvks: map[string][]string{}, scheme: scheme,
	}
	for gvk, t := range scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal {
			continue
		}
		if t.PkgPath() == "k8s.io/apimachinery/pkg/apis/meta/v1" && gvk.Group != "meta.k8s.io" && gvk != (schema.GroupVersionKind{Version: "v1", Kind: gvk.Kind}) {
			name := modelName(t)
			set.gvks[name] = append(set.gvks[name], gvText(gvk.GroupVersion())+"/"+gvk.Kind)
			continue
		}
		if gvk.Kind == "InternalEvent" {
			continue
		}
		set.addKind(gvk, t)
	}
	metav1Kinds(set)
	for _, list := range set.gvks {
		sort.Strings(list)
	}
	return set
}

func (s *typeSet) addKind(gvk schema.GroupVersionKind, t reflect.Type) {
	name := modelName(t)
	gv := gvText(gvk.GroupVersion())
	if s.kinds[gv] == nil {
		s.kinds[gv] = map[string]string{}
	}
	s.kinds[gv][gvk.Kind] = name
	s.gvks[name] = append(s.gvks[name], gv+"/"+gvk.Kind)
	s.addStruct(t)
}

func gvText(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return gv.Version
	}
	return gv.Group + "/" + gv.Version
}

// addStruct writes the table of t and of everything it reaches.
func (s *typeSet) addStruct(t reflect.Type) {
	name := modelName(t)
	if _, done := s.lines[name]; done {
		return
	}
	if _, leaf := leaves[name]; leaf {
		return
	}
	s.lines[name] = nil
	definition, documented := s.definitions[name]
	properties := definition.Schema.Properties
	required := map[string]bool{}
	for _, field := range definition.Schema.Required {
		required[field] = true
	}
	header := t.Name()
	if value, ok := definition.Schema.Extensions["x-kubernetes-map-type"]; ok {
		header += fmt.Sprintf("\tmt=%s", value)
	}
	if value, ok := definition.Schema.Extensions["x-kubernetes-unions"]; ok {
		header += "\tu=" + compact(value)
	}
	lines := []string{header}
	texts := []string{definition.Schema.Description}
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		tag, ok := field.Tag.Lookup("json")
		if !field.IsExported() || tag == "-" {
			continue
		}
		if !ok {
			fail("%s.%s has no json tag", name, field.Name)
		}
		parts := strings.Split(tag, ",")
		proto := protoNumber(field)
		inline := field.Anonymous && parts[0] == ""
		if inline && field.Type.Name() == "TypeMeta" {
			lines = append(lines, "kind string o 0", "apiVersion string o 0")
			texts = append(texts, properties["kind"].Description, properties["apiVersion"].Description)
			continue
		}
		if inline {
			embedded := field.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			lines = append(lines, fmt.Sprintf("~ &%s - %d", modelName(embedded), proto))
			s.addStruct(embedded)
			continue
		}
		property := properties[parts[0]]
		omitEmpty, omitZero := has(parts[1:], "omitempty"), has(parts[1:], "omitzero")
		flags := ""
		if required[parts[0]] || (!documented && !omitEmpty) {
			flags += "r"
		}
		if omitEmpty {
			flags += "o"
		}
		if omitZero {
			flags += "z"
		}
		if field.Type.Kind() == reflect.Pointer {
			flags += "p"
		}
		if flags == "" {
			flags = "-"
		}
		line := fmt.Sprintf("%s %s %s %d", parts[0], s.valueText(field.Type), flags, proto)
		lines = append(lines, line+attributes(field, property))
		texts = append(texts, property.Description)
	}
	s.lines[name] = lines
	s.texts[name] = texts
}

// wrappedLists are named lists that protobuf wraps in a message.
var wrappedLists = map[string]bool{"ExtraValue": true, "Verbs": true, "AttestationValue": true}

// valueText is a type in the notation of types.json: []elem, {}elem (map), &struct, word&model for leaves; @goType
// (inside the brackets of a list or map) where decoder errors would show another name than the notation implies,
// ! for a list in a protobuf message of its own.
func (s *typeSet) valueText(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	named := ""
	if t.PkgPath() != "" && t.Kind() != reflect.Struct {
		named = "@" + t.String()
	}
	switch t.Kind() {
	case reflect.String:
		return "string" + named
	case reflect.Bool:
		return "bool" + named
	case reflect.Int32:
		return "int32" + named
	case reflect.Int64:
		return "int64" + named
	case reflect.Int, reflect.Uint32, reflect.Uint8:
		fail("unexpected integer type %s", t)
	case reflect.Float64:
		return "double" + named
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes" + named
		}
		if wrappedLists[t.Name()] {
			named += "!"
		}
		return "[" + named + "]" + s.valueText(t.Elem())
	case reflect.Map:
		return "{" + named + "}" + s.valueText(t.Elem())
	case reflect.Interface:
		return "raw"
	case reflect.Struct:
		name := modelName(t)
		if word, ok := leaves[name]; ok {
			return word + "&" + name
		}
		s.addStruct(t)
		return "&" + name
	}
	fail("unexpected type %s", t)
	return ""
}

func protoNumber(field reflect.StructField) int {
	tag, ok := field.Tag.Lookup("protobuf")
	if !ok {
		return 0
	}
	number, err := strconv.Atoi(strings.Split(tag, ",")[1])
	check(err)
	return number
}

// attributes are the facts that live in tags and in the OpenAPI definition.
func attributes(field reflect.StructField, property spec.Schema) string {
	out := ""
	add := func(key string, value any) { out += fmt.Sprintf("\t%s=%v", key, value) }
	if strategy := field.Tag.Get("patchStrategy"); strategy != "" {
		add("ps", strategy)
	}
	if key := field.Tag.Get("patchMergeKey"); key != "" {
		add("pk", key)
	}
	if value, ok := property.Extensions["x-kubernetes-list-type"]; ok {
		add("lt", value)
	}
	if value, ok := property.Extensions["x-kubernetes-list-map-keys"]; ok {
		keys := []string{}
		for _, key := range value.([]any) {
			keys = append(keys, key.(string))
		}
		add("lk", strings.Join(keys, ","))
	}
	if value, ok := property.Extensions["x-kubernetes-map-type"]; ok {
		add("mt", value)
	}
	enum := property.Enum
	if property.Items != nil && property.Items.Schema != nil {
		enum = append(enum, property.Items.Schema.Enum...)
	}
	if property.AdditionalProperties != nil && property.AdditionalProperties.Schema != nil {
		enum = append(enum, property.AdditionalProperties.Schema.Enum...)
	}
	if len(enum) > 0 {
		add("e", compact(enum))
	}
	if property.Default != nil {
		add("d", compact(property.Default))
	}
	return out
}

func compact(value any) string {
	data, err := json.Marshal(value)
	check(err)
	if strings.Contains(string(data), "\t") {
		fail("a tab in %s would break the notation of types.json", data)
	}
	return string(data)
}

func has(list []string, word string) bool {
	for _, item := range list {
		if item == word {
			return true
		}
	}
	return false
}
