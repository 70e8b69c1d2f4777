import { type Command, Option } from 'commander';
import type { Profile } from '#cli/chart-validator';
import { Exit } from '#cli/exit';
import { command, print, type Session } from '#cli/session';
import { checkFiles } from '#cli/validate-files';

interface Given {
  readonly profile: Profile;
  readonly type: 'standard' | 'express';
  readonly json?: boolean;
}

/** `flowbeat validate`, and the same as `flowbeat charts validate`: needs no server. `path` is how its examples call it. */
export const validateCommand = (session: Session, path: 'validate' | 'charts validate'): Command =>
  command(
    'validate',
    'Check chart files without a server; every mistake and warning at once, exit code 2 if there is a mistake',
    [
      `flowbeat ${path} report.yaml`,
      `flowbeat ${path} charts/*.yaml --json`,
      `flowbeat ${path} asl.json --profile aws`,
    ],
  )
    .argument('<file...>', 'chart files, YAML or JSON')
    .addOption(
      new Option('--profile <name>', 'aws: accept exactly what Step Functions accepts, and say what it says')
        .choices(['flowbeat', 'aws'])
        .default('flowbeat'),
    )
    .addOption(
      new Option('--type <type>', 'of Step Functions: what an Express state machine cannot do is a mistake too')
        .choices(['standard', 'express'])
        .default('standard'),
    )
    .option('--json', 'print JSON for programs')
    .action(async (files: string[], { profile, type, json }: Given) => {
      const checked = await checkFiles(files, { profile, type: type === 'express' ? 'EXPRESS' : 'STANDARD' });
      print(session, json, { ok: checked.ok, files: checked.files }, () => checked.lines(session.style, profile));
      if (!checked.ok) session.exit = Exit.badInput;
    });
