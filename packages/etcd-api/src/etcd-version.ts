/** The version of etcd that the surface is compatible with, as its clients ask for it. */

/** Of the server. Compat: kube-apiserver turns features on by it. */
export const VERSION = "3.6.16";
/** Of the cluster, as a downgrade is told it. */
export const CLUSTER_VERSION = "3.6";
/** Of the storage and the cluster. */
export const STORAGE_VERSION = "3.6.0";
