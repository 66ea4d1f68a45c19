/** A request for a resource that exists: what a verb gets. */
import type { UserInfo } from "@quorate/access";
import { formatTime, type GroupVersionKind, type ResourceRef } from "@quorate/object";
import type { ResourceStore, WriteContext } from "@quorate/registry";
import type { ResourceTable, SubresourceName, SubresourceTable } from "@quorate/schema";
import type { Api } from "./api.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestInfo } from "./request/request-info.ts";
import type { RequestQuery } from "./request/request-query.ts";
import type { ResourceCodec } from "./response/resource-codec.ts";

/** What a verb works on: the request, the resource and subresource it names, the user. */
export class ResourceRequest {
  readonly api: Api;
  readonly exchange: Exchange;
  readonly info: RequestInfo;
  readonly query: RequestQuery;
  readonly user: UserInfo;
  readonly resource: ResourceTable;
  readonly subresource: SubresourceTable | undefined;
  /** "" for a cluster-scoped resource. */
  readonly namespace: string;

  constructor(
    api: Api,
    exchange: Exchange,
    resource: ResourceTable,
    subresource: SubresourceTable | undefined,
  ) {
    this.api = api;
    this.exchange = exchange;
    this.info = exchange.info;
    this.query = exchange.query;
    this.user = exchange.user!;
    this.resource = resource;
    this.subresource = subresource;
    this.namespace = resource.namespaced ? exchange.info.namespace : "";
  }

  get name(): string {
    return this.info.name;
  }

  /** The kind of the resource's objects in the version of the request. */
  get kind(): GroupVersionKind {
    return this.resource;
  }

  /** For messages: the plural and the group. */
  get ref(): ResourceRef {
    return this.resource;
  }

  get codec(): ResourceCodec {
    return this.api.representation.codecOf(this.resource);
  }

  get store(): ResourceStore {
    return this.api.stores.store(this.resource.group, this.resource.resource);
  }

  /** What the store has to know of a write, without validating admission. */
  writeContext(subresource: SubresourceName, dryRun: boolean): WriteContext {
    const { exchange } = this;
    return {
      namespace: this.namespace,
      subresource,
      now: formatTime(this.api.clock.wallMs()),
      userName: this.user.name,
      userGroups: this.user.groups,
      dryRun,
      warn: (text) => exchange.warn(text),
    };
  }
}
