package main

import (
	"reflect"

	autoscaling "k8s.io/api/autoscaling/v1"
	core "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

// metav1Kinds adds what every group shares: options, Status, Table, discovery documents, watch frames.
func metav1Kinds(set *typeSet) {
	for _, object := range []any{
		metav1.ListOptions{}, metav1.GetOptions{}, metav1.CreateOptions{}, metav1.UpdateOptions{}, metav1.PatchOptions{},
		metav1.DeleteOptions{}, metav1.WatchEvent{}, metav1.Status{}, metav1.Table{}, metav1.TableOptions{},
		metav1.PartialObjectMetadata{}, metav1.PartialObjectMetadataList{}, metav1.APIGroup{}, metav1.APIGroupList{},
		metav1.APIResourceList{}, metav1.APIVersions{}, metav1.List{},
	} {
		t := reflect.TypeOf(object)
		set.addStruct(t)
		if set.kinds["meta.k8s.io/v1"] == nil {
			set.kinds["meta.k8s.io/v1"] = map[string]string{}
		}
		set.kinds["meta.k8s.io/v1"][t.Name()] = modelName(t)
	}
	set.addStruct(reflect.TypeOf(version.Info{}))
	set.addStruct(reflect.TypeOf(core.RangeAllocation{}))
	// what autoscaling/v1 keeps in annotations
	set.addStruct(reflect.TypeOf(autoscaling.MetricSpec{}))
	set.addStruct(reflect.TypeOf(autoscaling.MetricStatus{}))
	set.addStruct(reflect.TypeOf(autoscaling.HorizontalPodAutoscalerCondition{}))
}
