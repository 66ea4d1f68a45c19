/**
 * ServiceAccount: every pod runs as an account of its namespace, which has to exist; where it is to talk to
 * the API, its token, the authority's certificate and the namespace are mounted into its containers.
 */
import type { Clock, Random } from "@quorate/base";
import {
  fieldOf,
  type JsonObject,
  type KubernetesObject,
  listIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { isMirrorPod, requireHarmlessMirror } from "./mirror-pod.ts";
import { requireMountableSecrets } from "./mountable-secrets.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { refuse } from "./refusal.ts";

const DEFAULT_ACCOUNT = "default";
const VOLUME_PREFIX = "kube-api-access-";
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_SECONDS = 3607;
const READ_MODE = 0o644;
const ENFORCE_ANNOTATION = "kubernetes.io/enforce-mountable-secrets";
const TRUE_TEXTS: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);
/** The default account is made by a controller a moment after its namespace: it is waited for. */
const TRIES_MAX = 10;
const RETRY_MS = 100;
const NAME_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Fills in and checks the account of new pods. */
export class ServiceAccount implements AdmissionPlugin {
  readonly name = "ServiceAccount";
  readonly #objects: ObjectLookup;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(objects: ObjectLookup, clock: Clock, random: Random) {
    this.#objects = objects;
    this.#clock = clock;
    this.#random = random;
  }

  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    if (resource.group !== "" || resource.resource !== "pods") return false;
    if (subresource === "") return operation === "CREATE";
    return subresource === "ephemeralcontainers" && operation === "UPDATE";
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    const pod = request.object!;
    if (request.operation !== "CREATE" || isMirrorPod(pod)) return;
    pod.spec ??= {};
    const { spec } = pod;
    if (stringIn(spec, "serviceAccountName") === "") {
      spec.serviceAccountName = DEFAULT_ACCOUNT;
      spec.serviceAccount = DEFAULT_ACCOUNT;
    }
    const account = await this.#account(request, stringIn(spec, "serviceAccountName"));
    const mounts =
      fieldOf(spec, "automountServiceAccountToken") ?? account.automountServiceAccountToken ?? true;
    if (mounts === true) this.#mountToken(spec);
    const secrets = objectsIn(account, "imagePullSecrets");
    if (listIn(spec, "imagePullSecrets").length === 0 && secrets.length > 0) {
      spec.imagePullSecrets = secrets.map((secret) => ({ name: stringIn(secret, "name") }));
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const pod = request.object!;
    if (request.operation === "CREATE" && isMirrorPod(pod)) {
      requireHarmlessMirror(request, pod);
      return;
    }
    const name = stringIn(pod.spec, "serviceAccountName");
    if (name === "") {
      const path = `${request.namespace}/${pod.metadata.name ?? ""}`;
      throw refuse(request, `no service account specified for pod ${path}`);
    }
    const account = await this.#account(request, name);
    const enforced = account.metadata.annotations?.[ENFORCE_ANNOTATION] ?? "";
    if (TRUE_TEXTS.has(enforced)) requireMountableSecrets(request, pod, account);
  }

  async #account(request: AdmissionRequest, name: string): Promise<KubernetesObject> {
    const tries = name === DEFAULT_ACCOUNT ? TRIES_MAX : 1;
    for (let i = 0; i < tries; i++) {
      if (i > 0) await this.#pause(RETRY_MS + this.#random.int(RETRY_MS));
      const found = await this.#objects.find("", "serviceaccounts", request.namespace, name);
      if (found !== undefined) return found.decode();
    }
    const why = `serviceaccount "${name}" not found`;
    throw refuse(request, `error looking up service account ${request.namespace}/${name}: ${why}`);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(ms, resolve);
    });
  }

  #mountToken(spec: JsonObject): void {
    const volumes = objectsIn(spec, "volumes");
    const existing = volumes.find((volume) => stringIn(volume, "name").startsWith(VOLUME_PREFIX));
    const name = existing === undefined ? this.#volumeName() : stringIn(existing, "name");
    let isNeeded = false;
    for (const list of ["initContainers", "containers"]) {
      for (const container of objectsIn(spec, list)) {
        const mounts = objectsIn(container, "volumeMounts");
        if (mounts.some((mount) => stringIn(mount, "mountPath") === MOUNT_PATH)) continue;
        container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: MOUNT_PATH }];
        isNeeded = true;
      }
    }
    if (isNeeded && existing === undefined) spec.volumes = [...volumes, tokenVolume(name)];
  }

  #volumeName(): string {
    let suffix = "";
    for (let i = 0; i < 5; i++) suffix += NAME_CHARACTERS[this.#random.int(NAME_CHARACTERS.length)];
    return VOLUME_PREFIX + suffix;
  }
}

function tokenVolume(name: string): JsonObject {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: READ_MODE,
    },
  };
}
