import { Command } from 'commander';
import { type Client, DEFAULT_SERVER } from '#cli/client';
import { connect, type ServerChoice } from '#cli/connect';
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
export interface RemoteOptions extends ServerChoice {
  readonly json?: boolean;
}

/** A command with examples below its help. */
export function command(name: string, description: string, examples: readonly string[]): Command {
  const text = ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n');
  return new Command(name).description(description).addHelpText('after', text);
}

/** Adds what every command that talks to a server takes. */
export const remote = (built: Command): Command =>
  built
    .option('--server <url>', `the server's address; FLOWBEAT_SERVER sets it too (default: ${DEFAULT_SERVER})`)
    .option('--endpoint <url>', 'the address of an API on AWS; FLOWBEAT_ENDPOINT sets it too')
    .option('--stack <name>', 'the installation on AWS with this name, found by its stack; FLOWBEAT_STACK sets it too')
    .option('--sign', 'sign requests for AWS though the address is none of its own')
    .option('--json', 'print JSON for programs');

/** The client for a command's options. */
export const clientOf = ({ terminal }: Session, options: RemoteOptions): Promise<Client> => connect(options, terminal);

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
