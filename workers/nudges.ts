/**
 * Nudges between the processes that share a state file: who sends a message tells the others' receivers to look at once, by a local socket, so that
 * nobody has to poll often. A nudge that is lost costs the time to the next poll and nothing else.
 *
 * Each process listens on a socket in a folder beside the file, which is also the list of who is there. A socket whose process has ended refuses
 * connections and is removed by who finds it so.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Paths of local sockets have at most 104 bytes on macOS, 108 on Linux. */
const LONGEST_PATH = 100;
const NAME_LENGTH = 24;
/** How often the folder is looked at for processes that have come. */
const PEERS_MS = 1_000;

/** The two ends of a nudge: what this process sends, and its receivers. */
export interface Nudged {
  onSent(listener: (names: ReadonlySet<string>) => void): void;
  nudge(names: Iterable<string>): void;
}

/** Joins those who nudge each other about a file. Where local sockets cannot be had the adapter's own polling is left. */
export async function joinNudges(file: string, queue: Nudged): Promise<{ close(): void }> {
  if (process.platform === 'win32') return { close() {} };
  const folder = folderOf(file);
  const nudges = new Nudges(folder, queue);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await nudges.listen();
  } catch {
    nudges.close();
    return { close() {} };
  }
  queue.onSent((queues) => nudges.tell(queues));
  return nudges;
}

function folderOf(file: string): string {
  const real = join(realpathSync(dirname(file)), basename(file));
  const beside = `${real}.sockets`;
  if (Buffer.byteLength(beside) + NAME_LENGTH <= LONGEST_PATH) return beside;
  return join(tmpdir(), `flowbeat-${createHash('sha256').update(real).digest('hex').slice(0, 16)}`);
}

class Nudges {
  readonly #folder: string;
  readonly #queue: Nudged;
  readonly #name = `${process.pid}-${randomBytes(4).toString('hex')}`;
  readonly #peers = new Map<string, Socket>();
  readonly #guests = new Set<Socket>();
  readonly #server: Server;
  #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, queue: Nudged) {
    this.#folder = folder;
    this.#queue = queue;
    this.#server = createServer((socket) => this.#welcome(socket));
    this.#server.unref();
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(join(this.#folder, this.#name), resolve);
    });
    // Later failures are of one connection and cost a nudge at most.
    this.#server.on('error', () => {});
    this.#meet();
    this.#timer = setInterval(() => this.#meet(), PEERS_MS).unref();
  }

  /** Tells the others of queues with new messages; what is sent in one turn goes out together. */
  tell(queues: ReadonlySet<string>): void {
    if (this.#peers.size === 0) return;
    if (this.#pending.size === 0) setImmediate(() => this.#flush());
    for (const queue of queues) this.#pending.add(queue);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
    for (const socket of [...this.#peers.values(), ...this.#guests]) socket.destroy();
    this.#peers.clear();
    rmSync(join(this.#folder, this.#name), { force: true });
  }

  #flush(): void {
    const line = `${JSON.stringify([...this.#pending])}\n`;
    this.#pending = new Set();
    // A peer that does not read has no need of more nudges: those it has not read will wake it.
    for (const socket of this.#peers.values()) if (socket.writableLength === 0) socket.write(line);
  }

  #welcome(socket: Socket): void {
    this.#guests.add(socket);
    let text = '';
    socket.setEncoding('utf8').unref();
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.lastIndexOf('\n');
      if (end < 0) return;
      const queues = new Set<string>();
      for (const line of text.slice(0, end).split('\n')) for (const queue of namesIn(line)) queues.add(queue);
      text = text.slice(end + 1);
      this.#queue.nudge(queues);
    });
    socket.on('error', () => {}).on('close', () => this.#guests.delete(socket));
    // Who is new here has not been met yet.
    this.#meet();
  }

  /** Connects to everybody who is in the folder and not connected to yet. */
  #meet(): void {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return;
    }
    for (const name of names) {
      if (name === this.#name || this.#peers.has(name)) continue;
      const path = join(this.#folder, name);
      const socket = createConnection(path);
      this.#peers.set(name, socket);
      socket.unref();
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') rmSync(path, { force: true });
      });
      socket.on('close', () => this.#peers.delete(name));
    }
  }
}

function namesIn(line: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(line);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
