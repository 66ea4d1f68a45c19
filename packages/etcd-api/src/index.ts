export { decodeBackup, encodeBackup } from "./backup-stream.ts";
export type { EtcdTls } from "./client/etcd-connection.ts";
export { type EtcdKvClientOptions, openEtcdKv } from "./client/open-etcd-kv.ts";
export type { ClientTls } from "./client-listener.ts";
export type { EtcdBackend } from "./etcd-backend.ts";
export { VERSION as ETCD_VERSION } from "./etcd-version.ts";
export { type JwtOptions, JwtSigner } from "./jwt-signer.ts";
export { type EtcdApi, type EtcdApiOptions, startEtcdApi } from "./start-etcd-api.ts";
export type { TokenOptions } from "./token-keeper.ts";
