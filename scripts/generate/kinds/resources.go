package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

type subresourceRow struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Group   string `json:"group,omitempty"`
	Version string `json:"version,omitempty"`
	Verbs   string `json:"verbs"`
}

type resourceRow struct {
	Resource           string           `json:"resource"`
	Singular           string           `json:"singular"`
	Kind               string           `json:"kind"`
	Namespaced         bool             `json:"namespaced,omitempty"`
	ShortNames         []string         `json:"shortNames,omitempty"`
	Categories         []string         `json:"categories,omitempty"`
	Verbs              string           `json:"verbs"`
	StorageVersionHash string           `json:"storageVersionHash,omitempty"`
	StorageVersion     string           `json:"storageVersion,omitempty"`
	Key                string           `json:"key,omitempty"`
	Flags              string           `json:"flags,omitempty"`
	FieldSelectors     []string         `json:"fieldSelectors,omitempty"`
	GracePeriod        int              `json:"gracePeriod,omitempty"`
	Deprecation        string           `json:"deprecation,omitempty"`
	Subresources       []subresourceRow `json:"subresources,omitempty"`
}

type versionRow struct {
	Group            string        `json:"group"`
	Version          string        `json:"version"`
	EnabledByDefault bool          `json:"enabledByDefault"`
	Resources        []resourceRow `json:"resources"`
}

func writeResources(path string, docs *discoveryDocs, scheme *runtime.Scheme) {
	rows := []versionRow{}
	for _, doc := range docs.versions {
		row := versionRow{Group: doc.group, Version: doc.version,
			EnabledByDefault: !strings.Contains(doc.version, "alpha") && !strings.Contains(doc.version, "beta")}
		for _, resource := range doc.resources {
			if strings.Contains(resource.Name, "/") {
				continue
			}
			of := resourceOf(docs, doc, resource)
			gvk := schema.GroupVersionKind{Group: doc.group, Version: doc.version, Kind: resource.Kind}
			of.Deprecation = deprecationOf(scheme, gvk)
			row.Resources = append(row.Resources, of)
		}
		rows = append(rows, row)
	}
	writeLines(path, map[string][]any{"versions": anySlice(rows)})
}

// deprecationOf is the text of the Warning header, as the reference words it; "" for a version that is here to stay.
func deprecationOf(scheme *runtime.Scheme, gvk schema.GroupVersionKind) string {
	object, err := scheme.New(gvk)
	check(err)
	deprecated, ok := object.(interface {
		APILifecycleDeprecated() (major, minor int)
	})
	if !ok {
		return ""
	}
	major, minor := deprecated.APILifecycleDeprecated()
	if minor == 0 || major > 1 || minor > kubernetesMinor {
		return ""
	}
	text := fmt.Sprintf("%s %s is deprecated in v%d.%d+", gvText(gvk.GroupVersion()), gvk.Kind, major, minor)
	if removed, ok := object.(interface {
		APILifecycleRemoved() (major, minor int)
	}); ok {
		if major, minor := removed.APILifecycleRemoved(); minor != 0 {
			text += fmt.Sprintf(", unavailable in v%d.%d+", major, minor)
		}
	}
	if replaced, ok := object.(interface {
		APILifecycleReplacement() schema.GroupVersionKind
	}); ok {
		if by := replaced.APILifecycleReplacement(); !by.Empty() {
			text += fmt.Sprintf("; use %s %s", gvText(by.GroupVersion()), by.Kind)
		}
	}
	return text
}

func resourceOf(docs *discoveryDocs, doc groupVersionDoc, resource apiResource) resourceRow {
	name := resource.Name
	id := name
	if doc.group != "" {
		id = name + "." + doc.group
	}
	row := resourceRow{
		Resource: name, Singular: resource.SingularName, Kind: resource.Kind, Namespaced: resource.Namespaced,
		ShortNames: resource.ShortNames, Categories: resource.Categories, Verbs: verbLetters(resource.Verbs),
		StorageVersionHash: resource.StorageVersionHash, Key: specialKeys[id], Flags: resourceFlags[id],
		FieldSelectors: fieldSelectors[id],
	}
	if id == "pods" {
		row.GracePeriod = 30
	}
	if resource.StorageVersionHash != "" {
		storage := storageVersion(docs, resource)
		if stored := generalVersion(docs, storage, name); stored != gvOf(doc) {
			row.StorageVersion = stored
		}
	}
	for _, sub := range doc.resources {
		parent, subName, found := strings.Cut(sub.Name, "/")
		if !found || parent != name {
			continue
		}
		row.Subresources = append(row.Subresources, subresourceRow{
			Name: subName, Kind: sub.Kind, Group: sub.Group, Version: sub.Version, Verbs: verbLetters(sub.Verbs)})
	}
	return row
}

func gvOf(doc groupVersionDoc) string {
	if doc.group == "" {
		return doc.version
	}
	return doc.group + "/" + doc.version
}

// storageVersion finds the group and version whose hash discovery publishes.
func storageVersion(docs *discoveryDocs, resource apiResource) string {
	for _, doc := range docs.versions {
		sum := sha256.Sum256([]byte(doc.group + "/" + doc.version + "/" + resource.Kind))
		if base64.StdEncoding.EncodeToString(sum[:8]) == resource.StorageVersionHash {
			return gvOf(doc)
		}
	}
	if resource.Kind == "CustomResourceDefinition" {
		return "apiextensions.k8s.io/v1" // the reference stores v1beta1, which it no longer serves; we store v1
	}
	fail("no version of %s has the hash %s", resource.Kind, resource.StorageVersionHash)
	return ""
}

// generalVersion is the general version of a resource that the reference still stores as a beta: we store what is
// served by default, so that reading an object needs no other version.
func generalVersion(docs *discoveryDocs, storage, resource string) string {
	group, version, found := strings.Cut(storage, "/")
	if !found || !strings.Contains(version, "beta") {
		return storage
	}
	for _, doc := range docs.versions {
		if doc.group != group || doc.version != "v1" {
			continue
		}
		for _, candidate := range doc.resources {
			if candidate.Name == resource {
				return gvOf(doc)
			}
		}
	}
	return storage
}

var letters = map[string]string{"create": "C", "delete": "D", "deletecollection": "X", "get": "G", "list": "L",
	"patch": "P", "update": "U", "watch": "W"}

func verbLetters(verbs []string) string {
	sort.Strings(verbs)
	out := ""
	for _, verb := range verbs {
		out += letters[verb]
	}
	return out
}

// specialKeys are the resources that do not lie under their own name in the store.
var specialKeys = map[string]string{
	"services": "services/specs", "endpoints": "services/endpoints", "nodes": "minions",
	"replicationcontrollers": "controllers", "ingresses.networking.k8s.io": "ingress",
	"customresourcedefinitions.apiextensions.k8s.io": "apiextensions.k8s.io/customresourcedefinitions",
	"apiservices.apiregistration.k8s.io":             "apiregistration.k8s.io/apiservices",
}

// resourceFlags: n = no update without resourceVersion, c = PUT may create, d = DELETE answers with the object.
var resourceFlags = map[string]string{
	"endpoints":                          "c",
	"events":                             "c",
	"limitranges":                        "c",
	"namespaces":                         "d",
	"persistentvolumeclaims":             "d",
	"persistentvolumes":                  "d",
	"pods":                               "d",
	"podtemplates":                       "d",
	"resourcequotas":                     "d",
	"serviceaccounts":                    "d",
	"services":                           "cd",
	"apiservices.apiregistration.k8s.io": "n",
	"events.events.k8s.io":               "c",
	"clustertrustbundles.certificates.k8s.io":                        "n",
	"podcertificaterequests.certificates.k8s.io":                     "n",
	"poddisruptionbudgets.policy":                                    "n",
	"clusterrolebindings.rbac.authorization.k8s.io":                  "c",
	"clusterroles.rbac.authorization.k8s.io":                         "c",
	"rolebindings.rbac.authorization.k8s.io":                         "c",
	"roles.rbac.authorization.k8s.io":                                "c",
	"csidrivers.storage.k8s.io":                                      "nd",
	"csinodes.storage.k8s.io":                                        "nd",
	"csistoragecapacities.storage.k8s.io":                            "n",
	"storageclasses.storage.k8s.io":                                  "d",
	"volumeattachments.storage.k8s.io":                               "nd",
	"volumeattributesclasses.storage.k8s.io":                         "d",
	"mutatingadmissionpolicies.admissionregistration.k8s.io":         "n",
	"mutatingadmissionpolicybindings.admissionregistration.k8s.io":   "n",
	"mutatingwebhookconfigurations.admissionregistration.k8s.io":     "n",
	"validatingadmissionpolicies.admissionregistration.k8s.io":       "n",
	"validatingadmissionpolicybindings.admissionregistration.k8s.io": "n",
	"validatingwebhookconfigurations.admissionregistration.k8s.io":   "n",
	"customresourcedefinitions.apiextensions.k8s.io":                 "n",
	"leases.coordination.k8s.io":                                     "nc",
	"runtimeclasses.node.k8s.io":                                     "nc",
	"deviceclasses.resource.k8s.io":                                  "d",
	"resourceclaims.resource.k8s.io":                                 "d",
	"resourceclaimtemplates.resource.k8s.io":                         "d",
	"resourceslices.resource.k8s.io":                                 "d",
	"storageversionmigrations.storagemigration.k8s.io":               "n",
	"podgroups.scheduling.k8s.io":                                    "n",
	"workloads.scheduling.k8s.io":                                    "n",
	"compositepodgroups.scheduling.k8s.io":                           "n",
	"leasecandidates.coordination.k8s.io":                            "nc",
	"evictions.lifecycle.k8s.io":                                     "n",
	"evictionrequests.lifecycle.k8s.io":                              "n",
	"resourcepoolstatusrequests.resource.k8s.io":                     "nd",
	"storageversions.internal.apiserver.k8s.io":                      "n",
}

// fieldSelectors beyond metadata.name and metadata.namespace.
var fieldSelectors = map[string][]string{
	"events":                 {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"},
	"namespaces":             {"status.phase"},
	"nodes":                  {"spec.unschedulable"},
	"pods":                   {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"},
	"replicationcontrollers": {"status.replicas"},
	"secrets":                {"type"},
	"services":               {"spec.clusterIP", "spec.type"},
	"events.events.k8s.io":   {"regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion", "regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type"},
	"jobs.batch":             {"status.successful"},
	"certificatesigningrequests.certificates.k8s.io": {"spec.signerName"},
	"clustertrustbundles.certificates.k8s.io":        {"spec.signerName"},
	"podcertificaterequests.certificates.k8s.io":     {"spec.signerName", "spec.podName", "spec.nodeName"},
	"resourceslices.resource.k8s.io":                 {"spec.nodeName", "spec.driver", "spec.pool.name"},
}
