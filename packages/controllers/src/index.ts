export type { AuthenticationInfo } from "./bootstrap/authentication-info.ts";
export type { BootstrapOptions } from "./bootstrap/bootstrap.ts";
export type { ControllerContext } from "./controller.ts";
export * from "./controller-selection.ts";
export type * from "./leadership.ts";
export * from "./lease-election.ts";
export type { Log, LogLevel } from "./log.ts";
export type * from "./service/api-server-leases.ts";
export * from "./start-controllers.ts";
