/** From the command line to a store's settings: what is to be said and ended with, or what is to be run. */
import { join } from "node:path";
import { CodedError, messageOf } from "@quorate/base";
import type { ClientTls, JwtOptions } from "@quorate/etcd-api";
import type { PeerTls } from "@quorate/replica";
import { RenewedFiles } from "../renewed-files.ts";
import { readAuthToken } from "./auth-token-option.ts";
import { readConfigFile } from "./config-file.ts";
import { readEnvironment } from "./environment.ts";
import { FlagValues } from "./flag-values.ts";
import { type ParsedFlags, parseGoFlags } from "./go-flags.ts";
import { logSettings } from "./start-lines.ts";
import { type StoreConfig, storeConfigOf } from "./store-config.ts";
import { currentName, EFFECTLESS, replacementOf, STORE_FLAGS } from "./store-flags.ts";
import { helpText, USAGE_LINES, versionText } from "./store-help.ts";
import { LOG_LEVELS, type LogLevel, StoreLog } from "./store-log.ts";
import type { TlsConfig } from "./tls-config.ts";
import { readClientTls, readPeerTls } from "./tls-files.ts";

/** All that is needed to start. */
export interface StoreSettings {
  readonly config: StoreConfig;
  readonly log: StoreLog;
  readonly clientTls: ClientTls | undefined;
  readonly peerTls: PeerTls | undefined;
  /** The same, where the files have changed since; undefined where no files were given. */
  readonly renewClientTls: (() => Promise<ClientTls | undefined>) | undefined;
  readonly renewPeerTls: (() => Promise<PeerTls | undefined>) | undefined;
  readonly jwt: JwtOptions | undefined;
}

const FAILED = 1;
const USAGE = 2;

/** The settings, or the exit code of a process that has said what there was to say. */
export async function readStoreSettings(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<StoreSettings | number> {
  let parsed: ParsedFlags;
  try {
    parsed = parseGoFlags(args, STORE_FLAGS);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${USAGE_LINES}`);
    return USAGE;
  }
  if (parsed.helpAsked) {
    process.stdout.write(helpText());
    return 0;
  }
  // Until the settings are known, lines are written as they are by default.
  const early = new StoreLog({ level: "info", format: "json", outputs: ["default"] });
  let log = early;
  try {
    if (parsed.rest.length > 0) throw refused(`${JSON.stringify(parsed.rest[0])} is not a valid flag`);
    const flags = new FlagValues(parsed.given);
    if (flags.bool("version")) {
      process.stdout.write(versionText());
      return 0;
    }
    const values = await gather(parsed, flags.text("config-file"), environment, early);
    log = logOf(values);
    log.info("Running: ", { args: ["quorate", "store", ...args] });
    const config = storeConfigOf(values);
    warn(values, config, log);
    return await readFiles(config, log);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === "SHADOWED_VARIABLE") log.fatal(error.message);
    else log.warn("failed to verify flags", { error: error.message });
    return FAILED;
  }
}

function refused(message: string): CodedError<"BAD_FLAGS"> {
  return new CodedError("BAD_FLAGS", message);
}

async function gather(
  parsed: ParsedFlags,
  configFile: string,
  environment: NodeJS.ProcessEnv,
  log: StoreLog,
): Promise<FlagValues> {
  const path = configFile || environment.ETCD_CONFIG_FILE;
  if (!path) {
    const given = new Map(parsed.given);
    readEnvironment(given, environment, log);
    return new FlagValues(given);
  }
  const values = new FlagValues(await readConfigFile(path));
  log.info(
    "loaded server configuration, other configuration command line flags and environment variables " +
      "will be ignored if provided",
    { path },
  );
  return values;
}

function logOf(values: FlagValues): StoreLog {
  const level = values.text("log-level");
  const format = values.text("log-format");
  if (!LOG_LEVELS.includes(level as LogLevel)) {
    throw refused(
      `unrecognized level: ${JSON.stringify(level)}: give --log-level one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  if (format !== "json" && format !== "console") {
    throw refused(`unknown log format: ${format}, supported values json, console`);
  }
  const outputs = values.list("log-outputs");
  if (outputs.length > 1 && outputs.includes("default")) {
    throw refused(`multi logoutput for "default" is not supported yet`);
  }
  return new StoreLog({ level: level as LogLevel, format, outputs });
}

function warn(values: FlagValues, config: StoreConfig, log: StoreLog): void {
  for (const name of values.explicit) {
    const replacement = replacementOf(name);
    if (replacement === undefined) continue;
    log.warn(
      `--${name} is deprecated in v3.6 and will be decommissioned in v3.7. Use '--${replacement}' instead.`,
    );
  }
  const effectless = [...values.explicit].filter((name) => EFFECTLESS.has(currentName(name)));
  if (effectless.length > 0) log.info("flags that have no effect here", { flags: effectless });
  if (config.listenClientHttpUrls.length === 0) {
    log.warn("Running http and grpc server on single port. This is not recommended for production.");
  }
  if (config.name === "default") {
    log.warn(
      "it isn't recommended to use default name, please set a value for --name. " +
        "Note that etcd might run into issue when multiple members have the same default name",
      { name: config.name },
    );
  }
  if (values.number("bootstrap-defrag-threshold-megabytes") > 0) {
    log.info("Skipping defragmentation", { reason: "space is given back as it becomes free" });
  }
  if (!values.isGiven("data-dir"))
    log.warn("'data-dir' was empty; using default", { "data-dir": config.dataDir });
}

async function readFiles(config: StoreConfig, log: StoreLog): Promise<StoreSettings> {
  const certificates = join(config.dataDir, "fixtures");
  const clientUrls = [...config.listenClientUrls, ...config.listenClientHttpUrls];
  const clients = { folder: join(certificates, "client"), urls: clientUrls, log };
  const peers = { folder: join(certificates, "peer"), urls: config.listenPeerUrls, log };
  const clientTls = await readClientTls(config.clientTls, clients);
  if (!clientTls && config.listenMetricsUrls.some((url) => url.startsWith("https:"))) {
    throw refused("client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url");
  }
  const peerTls = await readPeerTls(config.peerTls, peers);
  const jwt = await readAuthToken(config.authToken);
  if (!jwt) log.warn("simple token is not cryptographically signed");
  logSettings(config, log);
  return {
    ...{ config, log, clientTls, peerTls, jwt },
    renewClientTls: renewalOf(config.clientTls, () => readClientTls(config.clientTls, clients), log),
    renewPeerTls: renewalOf(config.peerTls, () => readPeerTls(config.peerTls, peers), log),
  };
}

/** Nothing where the certificate was not given: a self-made one is not renewed. */
function renewalOf<Tls>(
  { certFile, keyFile, caFile, crlFile, clientCertFile, clientKeyFile }: TlsConfig,
  read: () => Promise<Tls | undefined>,
  log: StoreLog,
): (() => Promise<Tls | undefined>) | undefined {
  if (!certFile) return undefined;
  const paths = [certFile, keyFile, caFile, crlFile, clientCertFile, clientKeyFile];
  const renewed = new RenewedFiles(paths, read, (line) => log.info(line));
  return () => renewed.take();
}
