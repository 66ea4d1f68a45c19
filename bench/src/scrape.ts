/** Reads Prometheus text from a target's processes: sums and maxima over all of them. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Credentials } from "./target.ts";

const TIMEOUT_MS = 10_000;

/** Text by GET over a connection of its own; undefined where the answer is not 200 or none comes. */
export function getText(url: string, credentials: Credentials): Promise<string | undefined> {
  const options = { ...credentials, agent: false as const, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    const request = url.startsWith("https:") ? httpsRequest : httpRequest;
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () =>
        resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined),
      );
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(undefined));
    sent.end();
  });
}

/** The samples of a metric in a text, over all its labels. */
export function samplesOf(text: string, name: string): number[] {
  const values: number[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith(name) || !/^[ {]/.test(line.slice(name.length))) continue;
    const value = Number(line.slice(line.lastIndexOf(" ") + 1));
    if (Number.isFinite(value)) values.push(value);
  }
  return values;
}

/** All metrics of a target at one moment. */
export class Scrape {
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  static async take(urls: readonly string[], credentials: Credentials): Promise<Scrape> {
    const texts = await Promise.all(urls.map((url) => getText(url, credentials)));
    return new Scrape(texts.filter((text) => text !== undefined));
  }

  /** Undefined where no process has the metric. */
  sum(name: string): number | undefined {
    const values = this.#values(name);
    return values.length ? values.reduce((total, value) => total + value, 0) : undefined;
  }

  /** Undefined where no process has the metric. */
  max(name: string): number | undefined {
    const values = this.#values(name);
    return values.length ? Math.max(...values) : undefined;
  }

  #values(name: string): number[] {
    return this.#texts.flatMap((text) => samplesOf(text, name));
  }
}
