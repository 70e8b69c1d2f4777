/** The command line: reads it, runs the command, turns every error into a sentence and an exit code. */
import { type Command, CommanderError } from 'commander';
import { brakeCommand } from '#cli/commands/brake';
import { chartsCommand } from '#cli/commands/charts';
import { demoCommand } from '#cli/commands/demo';
import { runsCommand } from '#cli/commands/runs';
import { devCommand, serveCommand } from '#cli/commands/serve';
import { validateCommand } from '#cli/commands/validate';
import { workerCommand } from '#cli/commands/worker';
import { workersCommand } from '#cli/commands/workers';
import { badInput, type CliError, EXIT_CODES_HELP, Exit } from '#cli/exit';
import type { Launchers } from '#cli/launchers';
import { oneLine } from '#cli/render/style';
import { reportError } from '#cli/report-error';
import { command, newSession, type Session } from '#cli/session';
import { processTerminal, type Terminal } from '#cli/terminal';

/** Runs a command line (without the program's own name) and returns its exit code. Never rejects. */
export async function main(
  argv: readonly string[],
  launchers: Launchers,
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const session = newSession(terminal, launchers);
  const json = argv.includes('--json');
  try {
    await programOf(session, json).parseAsync([...argv], { from: 'user' });
    return session.exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, json, session);
    if (error.exitCode === 0) return Exit.ok;
    // For people, Commander has printed what is wrong with the command line, or the help where a command is missing.
    return json ? reportError(usageError(error), json, session) : Exit.badInput;
  }
}

function usageError({ code, message }: CommanderError): CliError {
  if (code === 'commander.help') return badInput('A command is missing; --help lists them.');
  return badInput(oneLine(message.replace(/^error: /, '')));
}

function programOf(session: Session, json: boolean): Command {
  const { terminal, launchers } = session;
  const program = command(
    'flowbeat',
    'Runs flow charts to the end on a cluster of workers, whatever dies on the way.',
    [
      'flowbeat dev --handlers ./handlers.ts --charts report.yaml',
      'flowbeat runs start report --input \'{"day":"monday"}\' --watch',
      'flowbeat demo failover',
    ],
  )
    .version(launchers.version, '-V, --version', 'print the version')
    .addHelpText('after', `\n${EXIT_CODES_HELP}`);
  program.addCommand(devCommand(session));
  program.addCommand(serveCommand(session));
  program.addCommand(workerCommand(session));
  program.addCommand(chartsCommand(session));
  program.addCommand(runsCommand(session));
  program.addCommand(workersCommand(session));
  program.addCommand(brakeCommand(session));
  program.addCommand(validateCommand(session, 'validate'));
  program.addCommand(demoCommand(session));
  // Settings of Commander are copied to a command when it is made by its parent; ours are made alone.
  for (const one of withChildren(program)) {
    one
      // Else the program itself would take "runs start report --version 2" for its own --version.
      .enablePositionalOptions()
      .exitOverride()
      .showHelpAfterError('(--help shows how it is used)')
      .configureOutput({
        writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
        // A program gets one line instead, once Commander has thrown.
        writeErr: (text) => json || terminal.err(text.replace(/\n$/, '')),
        getOutHelpWidth: () => terminal.size()?.columns ?? 100,
        getErrHelpWidth: () => terminal.size()?.columns ?? 100,
      });
  }
  return program;
}

const withChildren = (parent: Command): Command[] => [parent, ...parent.commands.flatMap(withChildren)];
