/**
 * Members in network namespaces of their own (Linux, root), with cables that lose what one sends to another.
 */
import { NamespaceNetwork } from "@quorate/bench/faults";
import type { MemberPlace, PeerNetwork } from "./peer-network.ts";

/** The namespaces, and which links are cut. */
export class NamespacedPeers implements PeerNetwork {
  readonly kind = "network namespaces";
  readonly #network: NamespaceNetwork;
  readonly #numbers = new Map<MemberPlace, number>();
  readonly #cuts = new Map<string, readonly [from: number, to: number]>();

  private constructor(network: NamespaceNetwork) {
    this.#network = network;
  }

  static async start(): Promise<NamespacedPeers> {
    return new NamespacedPeers(await NamespaceNetwork.start(0));
  }

  async add(): Promise<MemberPlace> {
    const number = await this.#network.add();
    const { listenUrl, advertiseUrl } = this.#network.place(number);
    const place = {
      listenPeerUrl: withoutTls(listenUrl),
      advertisePeerUrl: withoutTls(advertiseUrl),
      clientHost: this.#network.clientHost(number),
      wrap: (command: readonly string[]) => this.#network.wrap(number, command),
    };
    this.#numbers.set(place, number);
    return place;
  }

  async remove(place: MemberPlace): Promise<void> {
    const number = this.#number(place);
    this.#numbers.delete(place);
    await this.#network.remove(number);
  }

  named(): void {}

  async cut(from: MemberPlace, to: MemberPlace): Promise<void> {
    const pair = [this.#number(from), this.#number(to)] as const;
    this.#cuts.set(pair.join("-"), pair);
    await this.#network.cutOneWay(...pair);
  }

  /** Connections are left as they are: what was lost is sent again by TCP. */
  async heal(): Promise<void> {
    const cuts = [...this.#cuts.values()];
    this.#cuts.clear();
    await Promise.all(cuts.map((pair) => this.#network.mendOneWay(...pair)));
  }

  async close(): Promise<void> {
    await this.#network.close();
  }

  #number(place: MemberPlace): number {
    const number = this.#numbers.get(place);
    if (number === undefined) throw new Error("the place is of another network");
    return number;
  }
}

/** Without certificates: the torture is about what members keep, not about whom they speak to. */
function withoutTls(url: string): string {
  return url.replace("https:", "http:");
}
