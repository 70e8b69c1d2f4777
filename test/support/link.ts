import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/**
 * A way to a service on loopback that can be cut: nothing passes then and nobody is told, as where a network loses every packet. When it is mended
 * the connections that it was cut through stay dead, as where a firewall has forgotten them, and what was sent by new ones meanwhile arrives late.
 */
export class Link implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #dead = new Set<Socket>();
  #cut = false;

  private constructor(to: URL) {
    this.#server = createServer((near) => {
      const far = createConnection(Number(to.port), to.hostname);
      this.#pass(near, far);
      this.#pass(far, near);
    });
  }

  /** A link to the service at `url`. */
  static async to(url: string): Promise<Link> {
    const link = new Link(new URL(url));
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  /** The service's address by way of this link. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#open) {
      socket.pause();
      this.#dead.add(socket);
    }
    this.#open.clear();
  }

  mend(): void {
    this.#cut = false;
    for (const socket of this.#open) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of [...this.#open, ...this.#dead]) socket.destroy();
    await closed;
  }

  #pass(from: Socket, into: Socket): void {
    this.#open.add(from);
    from.on('data', (bytes) => into.write(bytes));
    from.on('end', () => into.end());
    // Whoever is at the other end is told by its own connection.
    from.on('error', () => into.destroy());
    from.on('close', () => {
      this.#open.delete(from);
      this.#dead.delete(from);
    });
    if (this.#cut) from.pause();
  }
}
