package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apiserverinternal/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/authentication/install"
	_ "k8s.io/kubernetes/pkg/apis/authorization/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	coreinternal "k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/lifecycle/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	_ "k8s.io/kubernetes/pkg/apis/storagemigration/install"
)

// inputs are written by hand: one JSON object a line, `#` starts a comment.
//
//go:embed cases.jsonl
var inputs string

// codecRow is a fully filled object in both encodings.
type codecRow struct {
	JSON  string `json:"json"`
	Proto []byte `json:"proto"`
}

// decodeRow is what the reference makes of an input: the decoded and the defaulted object, or its error.
type decodeRow struct {
	Input     string   `json:"input"`
	Error     string   `json:"error,omitempty"`
	Unknown   []string `json:"unknown,omitempty"`
	Decoded   string   `json:"decoded,omitempty"`
	Proto     []byte   `json:"proto,omitempty"`
	Defaulted string   `json:"defaulted,omitempty"`
	// Converted maps apiVersions to the defaulted object in that version.
	Converted map[string]string `json:"converted,omitempty"`
}

func writeFixtures(dir string, set *typeSet) {
	check(os.MkdirAll(dir, 0o755))
	proto := protobuf.NewSerializer(set.scheme, set.scheme)
	codec, decoded := []any{}, []any{}
	for _, gvk := range objectKinds(set) {
		object := filled(set, gvk, false)
		var out bytes.Buffer
		check(proto.Encode(object, &out))
		codec = append(codec, codecRow{encodeObject(object), out.Bytes()})
		decoded = append(decoded, decodeCase(set, encodeObject(filled(set, gvk, true))))
		empty := `{"apiVersion":"` + gvText(gvk.GroupVersion()) + `","kind":"` + gvk.Kind + `"}`
		decoded = append(decoded, decodeCase(set, empty))
	}
	for _, line := range strings.Split(inputs, "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			decoded = append(decoded, decodeCase(set, line))
		}
	}
	writeGzipLines(filepath.Join(dir, "codec.jsonl.gz"), codec)
	writeGzipLines(filepath.Join(dir, "decode.jsonl.gz"), decoded)
}

var timeAdded = regexp.MustCompile(`"timeAdded":"[^"]*"`)

// objectKinds are the kinds of served group/versions that have a proto and are neither lists nor options.
func objectKinds(set *typeSet) []schema.GroupVersionKind {
	gvks := []schema.GroupVersionKind{}
	retired := map[schema.GroupVersionKind]bool{}
	for _, kind := range []schema.GroupVersionKind{
		{Group: "certificates.k8s.io", Version: "v1beta1", Kind: "CertificateSigningRequest"},
		{Group: "scheduling.k8s.io", Version: "v1beta1", Kind: "PriorityClass"},
		{Group: "admissionregistration.k8s.io", Version: "v1beta1", Kind: "MutatingWebhookConfiguration"},
		{Group: "admissionregistration.k8s.io", Version: "v1beta1", Kind: "ValidatingWebhookConfiguration"},
		{Group: "admissionregistration.k8s.io", Version: "v1alpha1", Kind: "ValidatingAdmissionPolicyBinding"},
	} {
		retired[kind] = true
	}
	for gvk, t := range set.scheme.AllKnownTypes() {
		if retired[gvk] { // a type that is no longer served
			continue
		}
		if gvk.Version == runtime.APIVersionInternal || strings.HasPrefix(t.PkgPath(), "k8s.io/apimachinery/") {
			continue
		}
		if strings.HasSuffix(gvk.Kind, "List") || gvk.Group == "apidiscovery.k8s.io" || gvk.Group == "imagepolicy.k8s.io" {
			continue
		}
		gvks = append(gvks, gvk)
	}
	sort.Slice(gvks, func(i, j int) bool { return gvks[i].String() < gvks[j].String() })
	return gvks
}

func filled(set *typeSet, gvk schema.GroupVersionKind, sparse bool) runtime.Object {
	object, err := set.scheme.New(gvk)
	check(err)
	f := &filler{sparse: sparse, open: map[reflect.Type]bool{}}
	f.fill(reflect.ValueOf(object).Elem(), "")
	object.GetObjectKind().SetGroupVersionKind(gvk)
	return object
}

func encodeObject(object runtime.Object) string {
	return encode(object)
}

func decodeCase(set *typeSet, input string) decodeRow {
	row := decodeRow{Input: input}
	strict := kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, set.scheme, set.scheme, kjson.SerializerOptions{Strict: true})
	object, _, err := strict.Decode([]byte(input), nil, nil)
	if strictErr, ok := runtime.AsStrictDecodingError(err); ok {
		for _, problem := range strictErr.Errors() {
			row.Unknown = append(row.Unknown, problem.Error())
		}
	} else if err != nil {
		row.Error = err.Error()
		return row
	}
	row.Decoded = encodeObject(object)
	var out bytes.Buffer
	check(protobuf.NewSerializer(set.scheme, set.scheme).Encode(object, &out))
	row.Proto = out.Bytes()
	gvk := object.GetObjectKind().GroupVersionKind()
	scheme := set.scheme
	if legacyscheme.Scheme.Recognizes(gvk) {
		scheme = legacyscheme.Scheme
	}
	scheme.Default(object)
	row.Defaulted = encodeObject(object)
	if !strings.Contains(row.Decoded, `"timeAdded"`) { // defaulted to the time of the run
		row.Defaulted = timeAdded.ReplaceAllString(row.Defaulted, `"timeAdded":"2026-01-01T00:00:00Z"`)
	}
	row.Converted = conversions(gvk, object)
	return row
}

// conversions of the kinds that are served in more than one version by default.
func conversions(from schema.GroupVersionKind, object runtime.Object) map[string]string {
	others := map[string][]schema.GroupVersion{
		"HorizontalPodAutoscaler": {{Group: "autoscaling", Version: "v1"}, {Group: "autoscaling", Version: "v2"}},
		"Event":                   {{Version: "v1"}, {Group: "events.k8s.io", Version: "v1"}},
	}
	out := map[string]string{}
	for _, gv := range others[from.Kind] {
		internal, err := toInternal(from, object)
		check(err)
		converted, err := legacyscheme.Scheme.ConvertToVersion(internal, gv)
		check(err)
		out[gvText(gv)] = encodeObject(converted)
	}
	return out
}

func toInternal(from schema.GroupVersionKind, object runtime.Object) (runtime.Object, error) {
	if from.Kind == "Event" { // both groups share the internal type of core
		event := &coreinternal.Event{}
		return event, legacyscheme.Scheme.Convert(object, event, nil)
	}
	internal := schema.GroupVersion{Group: from.Group, Version: runtime.APIVersionInternal}
	return legacyscheme.Scheme.ConvertToVersion(object, internal)
}

func writeGzipLines(path string, rows []any) {
	file, err := os.Create(path)
	check(err)
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	check(err)
	lines := bufio.NewWriter(packed)
	for _, row := range rows {
		data, err := json.Marshal(row)
		check(err)
		lines.Write(append(data, '\n'))
	}
	check(lines.Flush())
	check(packed.Close())
	check(file.Close())
}
