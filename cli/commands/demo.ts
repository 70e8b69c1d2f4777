import { Argument, type Command } from 'commander';
import { command, type Session } from '#cli/session';

/** `flowbeat demo`. */
export const demoCommand = (session: Session): Command =>
  command('demo', 'Show what Flowbeat does: "failover" kills the worker that holds a run and shows who takes over', [
    'flowbeat demo failover',
  ])
    .addArgument(new Argument('[scenario]', 'what to show').choices(['failover']).default('failover'))
    .option('--json', 'say what happens as JSON, one object a line')
    .action(async (scenario: 'failover', { json }: { json?: boolean }) => {
      session.exit = await session.launchers.demo({ scenario, json: json ?? false });
    });
