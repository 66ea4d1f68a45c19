/** One server and an admin's client for all tests of a file; each test works in names of its own. */
import type { TestFn } from "ava";
import anyTest from "ava";
import type { ApiServerOptions } from "../../src/index.ts";
import { ApiClient } from "./api-client.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

export interface ServerContext {
  readonly started: TestServer;
  readonly admin: ApiClient;
}

export function testWithServer(overrides: Partial<ApiServerOptions> = {}): TestFn<ServerContext> {
  const test = anyTest as TestFn<ServerContext>;
  let started: TestServer;
  let admin: ApiClient;
  test.before(async () => {
    started = await startTestServer(overrides);
    admin = new ApiClient(started.server.url, started.ca, started.admin);
  });
  test.beforeEach((t) => {
    t.context = { started, admin };
  });
  test.after.always(async () => {
    admin?.close();
    await started?.close();
  });
  return test;
}
