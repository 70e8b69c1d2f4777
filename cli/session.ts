import { Command, Option } from 'commander';
import { Client, DEFAULT_SERVER } from '#cli/client';
import { badInput } from '#cli/exit';
import type { Launchers } from '#cli/launchers';
import { type Style, styleFor } from '#cli/render/style';
import type { Terminal } from '#cli/terminal';

/** What each command works with. */
export interface Session {
  readonly terminal: Terminal;
  readonly launchers: Launchers;
  readonly style: Style;
  /** The exit code so far. */
  exit: number;
}

/** The session of one command line. */
export const newSession = (terminal: Terminal, launchers: Launchers): Session => ({
  terminal,
  launchers,
  style: styleFor(terminal),
  exit: 0,
});

/** Options of every command that talks to a server. */
export interface RemoteOptions {
  readonly server: string;
  readonly json?: boolean;
}

/** A command with examples below its help. */
export function command(name: string, description: string, examples: readonly string[]): Command {
  const text = ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n');
  return new Command(name).description(description).addHelpText('after', text);
}

/** Adds what every command that talks to a server takes. */
export function remote(built: Command, { terminal }: Session): Command {
  return built
    .addOption(
      new Option('--server <url>', "the server's address; FLOWBEAT_SERVER sets it too").default(
        terminal.env.FLOWBEAT_SERVER || DEFAULT_SERVER,
      ),
    )
    .option('--json', 'print JSON for programs');
}

/** The client for a command's options. */
export function clientOf(session: Session, { server }: RemoteOptions): Client {
  if (!/^https?:\/\/[^/]/.test(server) || !URL.canParse(server)) {
    throw badInput(
      `"${server}" is no address of a server. Write it as ${DEFAULT_SERVER}, in --server or FLOWBEAT_SERVER.`,
    );
  }
  return new Client(server, session.terminal.fetch);
}

/** Prints a body as JSON, or lines for people. */
export function print(
  session: Session,
  json: boolean | undefined,
  body: unknown,
  lines: () => readonly string[],
): void {
  if (json) session.terminal.out(JSON.stringify(body, null, session.terminal.isTTY ? 2 : undefined));
  else for (const line of lines()) session.terminal.out(line);
}
