/** Clients that go on creating ConfigMaps, and remember what they were promised. */
import type { ApiClient } from "./api-client.ts";

const WRITERS = 4;

export class SteadyWriters {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #done: Promise<unknown>;
  readonly acknowledged: string[] = [];
  readonly refusals: string[] = [];
  #isOver = false;
  #heard: () => void = () => {};

  constructor(api: ApiClient, namespace: string) {
    this.#api = api;
    this.#path = `/api/v1/namespaces/${namespace}/configmaps`;
    this.#done = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(writer)));
  }

  /** Resolves when `count` more are acknowledged. */
  async more(count: number): Promise<void> {
    const enough = this.acknowledged.length + count;
    while (this.acknowledged.length < enough) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  /** Stops them, and resolves with the names that were acknowledged and are not there. */
  async lost(): Promise<string[]> {
    this.#isOver = true;
    await this.#done;
    const { items } = await this.#api.get<{ items: { metadata: { name: string } }[] }>(this.#path);
    const names = new Set(items.map(({ metadata }) => metadata.name));
    return this.acknowledged.filter((name) => !names.has(name));
  }

  async #write(writer: number): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      const name = `steady-${writer}-${i}`;
      const { status, body } = await this.#api.send("POST", this.#path, { metadata: { name } });
      if (status === 201) this.acknowledged.push(name);
      else this.refusals.push(`${status} ${body}`);
      this.#heard();
    }
  }
}
