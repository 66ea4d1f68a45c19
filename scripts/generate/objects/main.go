// Writes what the reference makes of small inputs: quantities, selectors, names, durations, patches. The inputs stand
// below; the output is a fixture of packages/object's tests.
package main

import (
	"encoding/json"
	"os"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation"
)

// row is an input with what became of it: an output or an error.
type row struct {
	Input  any    `json:"input"`
	Output any    `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

func textRows(inputs []string, read func(string) (any, error)) []row {
	rows := []row{}
	for _, input := range inputs {
		output, err := read(input)
		if err != nil {
			rows = append(rows, row{Input: input, Error: err.Error()})
		} else {
			rows = append(rows, row{Input: input, Output: output})
		}
	}
	return rows
}

func quantity(text string) (any, error) {
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return nil, err
	}
	number, suffix := q.CanonicalizeBytes(nil)
	return map[string]any{"text": string(number) + string(suffix), "value": q.Value(), "milli": q.MilliValue(), "format": q.Format}, nil
}

var labelSets = []labels.Set{
	{}, {"a": "b"}, {"a": "c", "x": "1"}, {"x": "10"}, {"x": "y"}, {"a": "", "in": "notin"}, {"example.com/k": "v"},
}

func labelSelector(text string) (any, error) {
	selector, err := labels.Parse(text)
	if err != nil {
		return nil, err
	}
	matches := []bool{}
	for _, set := range labelSets {
		matches = append(matches, selector.Matches(set))
	}
	return map[string]any{"text": selector.String(), "matches": matches}, nil
}

var fieldSets = []fields.Set{{}, {"a": "b"}, {"a": "c", "d": "e"}, {"a": "b,c"}, {"a": `b\=`}}

func fieldSelector(text string) (any, error) {
	selector, err := fields.ParseSelector(text)
	if err != nil {
		return nil, err
	}
	matches := []bool{}
	for _, set := range fieldSets {
		matches = append(matches, selector.Matches(set))
	}
	return map[string]any{"text": selector.String(), "matches": matches}, nil
}

var nameChecks = map[string]func(string) []string{
	"checkDns1123Label":      validation.IsDNS1123Label,
	"checkDns1123Subdomain":  validation.IsDNS1123Subdomain,
	"checkDns1035Label":      validation.IsDNS1035Label,
	"checkWildcardSubdomain": validation.IsWildcardDNS1123Subdomain,
	"checkQualifiedName":     validation.IsQualifiedName,
	"checkLabelValue":        validation.IsValidLabelValue,
	"checkCIdentifier":       validation.IsCIdentifier,
	"checkConfigKey":         validation.IsConfigMapKey,
	"checkPortName":          validation.IsValidPortName,
	"checkPercent":           validation.IsValidPercent,
	"checkHttpHeaderName":    validation.IsHTTPHeaderName,
	"checkEnvName":           validation.IsRelaxedEnvVarName,
}

func names() map[string][]row {
	checks := map[string][]row{}
	for name, check := range nameChecks {
		for _, text := range nameTexts {
			found := check(text)
			if found == nil {
				found = []string{}
			}
			checks[name] = append(checks[name], row{Input: text, Output: found})
		}
	}
	return checks
}

func durations() map[string][]row {
	human := []row{}
	short := []row{}
	for _, seconds := range ageSeconds {
		age := time.Duration(seconds) * time.Second
		human = append(human, row{Input: seconds, Output: duration.HumanDuration(age)})
		short = append(short, row{Input: seconds, Output: duration.ShortHumanDuration(age)})
	}
	return map[string][]row{
		"human": human,
		"short": short,
		"go": textRows(durationTexts, func(text string) (any, error) {
			parsed, err := time.ParseDuration(text)
			if err != nil {
				return nil, err
			}
			return map[string]any{"nanoseconds": parsed.Nanoseconds(), "text": parsed.String()}, nil
		}),
	}
}

func patches() map[string][]row {
	apply := func(cases [][2]string, patch func(document, patch []byte) ([]byte, error)) []row {
		rows := []row{}
		for _, pair := range cases {
			input := map[string]any{"document": json.RawMessage(pair[0]), "patch": json.RawMessage(pair[1])}
			output, err := patch([]byte(pair[0]), []byte(pair[1]))
			if err != nil {
				rows = append(rows, row{Input: input, Error: err.Error()})
			} else {
				rows = append(rows, row{Input: input, Output: json.RawMessage(output)})
			}
		}
		return rows
	}
	return map[string][]row{
		"json": apply(jsonPatches, func(document, patch []byte) ([]byte, error) {
			decoded, err := jsonpatch.DecodePatch(patch)
			if err != nil {
				return nil, err
			}
			return decoded.Apply(document)
		}),
		"merge": apply(mergePatches, jsonpatch.MergePatch),
		"strategic": apply(strategicPatches, func(document, patch []byte) ([]byte, error) {
			return strategicpatch.StrategicMergePatch(document, patch, corev1.Pod{})
		}),
	}
}

func main() {
	output := map[string]any{
		"quantities":     textRows(quantityTexts, quantity),
		"labelSelectors": textRows(labelTexts, labelSelector),
		"labelSets":      labelSets,
		"fieldSelectors": textRows(fieldTexts, fieldSelector),
		"fieldSets":      fieldSets,
		"names":          names(),
		"durations":      durations(),
		"patches":        patches(),
	}
	text, err := json.Marshal(output)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[1], append(text, '\n'), 0o644); err != nil {
		panic(err)
	}
}
