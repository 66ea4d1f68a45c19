package main

import (
	"reflect"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// filler sets every field of an object it reaches, each to another value; with sparse it leaves scalars at zero and
// sets only what holds structs, so that every default has something to do.
type filler struct {
	sparse bool
	count  int64
	open   map[reflect.Type]bool
}

func (f *filler) fill(v reflect.Value, name string) {
	f.count++
	if f.special(v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if f.sparse && v.Type().Elem().Kind() != reflect.Struct || f.open[v.Type().Elem()] {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), name)
	case reflect.Struct:
		if f.open[v.Type()] {
			return
		}
		f.open[v.Type()] = true
		for i := 0; i < v.NumField(); i++ {
			if field := v.Type().Field(i); field.IsExported() && field.Type != reflect.TypeOf(metav1.TypeMeta{}) {
				f.fill(v.Field(i), field.Name)
			}
		}
		delete(f.open, v.Type())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if !f.sparse {
				v.SetBytes([]byte(name))
			}
			return
		}
		if f.open[v.Type().Elem()] {
			return
		}
		if v.Type().Elem().Kind() != reflect.Interface && (!f.sparse || v.Type().Elem().Kind() == reflect.Struct) {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			f.fill(v.Index(0), name)
		}
	case reflect.Map:
		if f.sparse || f.open[v.Type().Elem()] {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, key := range []string{name + "B", name + "A"} {
			value := reflect.New(v.Type().Elem()).Elem()
			f.fill(value, key)
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
		}
	default:
		if !f.sparse {
			f.scalar(v, name)
		}
	}
}

func (f *filler) scalar(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(name + "Välue")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32:
		v.SetInt(-f.count)
	case reflect.Int64:
		v.SetInt(f.count * 4_000_000_007)
	case reflect.Float64:
		v.SetFloat(float64(f.count) + 0.5)
	}
}

// special sets types that are not written as what they are made of.
func (f *filler) special(v reflect.Value) bool {
	n := int(f.count)
	raw := []byte(`{"apiVersion":"example.com/v1","kind":"Custom","spec":{"replicas":1}}`)
	switch at := v.Addr().Interface().(type) {
	case *metav1.Time:
		if !f.sparse {
			*at = metav1.Time{Time: time.Unix(int64(n)*86_399, 0).UTC()}
		}
	case *metav1.MicroTime:
		if !f.sparse {
			*at = metav1.MicroTime{Time: time.Unix(int64(n)*86_399, int64(n)*1000).UTC()}
		}
	case *metav1.Duration:
		*at = metav1.Duration{Duration: time.Duration(n) * 1_500_000_000}
	case *resource.Quantity:
		*at = resource.MustParse([]string{"100m", "1Gi", "1500u", "2k", "10e3"}[n%5])
	case *intstr.IntOrString:
		if !f.sparse {
			*at = []intstr.IntOrString{intstr.FromInt32(int32(n)), intstr.FromString("25%")}[n%2]
		}
	case *runtime.RawExtension:
		at.Raw = raw
	case *metav1.FieldsV1:
		at.Raw = []byte(`{"f:metadata":{"f:labels":{".":{}}}}`)
	case *apiextensions.JSON:
		at.Raw = []byte(`{"a":[1,"b"]}`)
	case *apiextensions.JSONSchemaPropsOrBool:
		at.Allows = true
	case *apiextensions.JSONSchemaPropsOrArray:
		at.Schema = &apiextensions.JSONSchemaProps{Type: "string"}
	case *apiextensions.JSONSchemaPropsOrStringArray:
		at.Property = []string{"a", "b"}
	default:
		return false
	}
	return true
}
