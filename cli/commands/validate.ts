import { type Command, Option } from 'commander';
import type { Profile } from '#cli/chart-validator';
import { Exit } from '#cli/exit';
import { command, print, type Session } from '#cli/session';
import { checkFiles } from '#cli/validate-files';

interface Given {
  readonly profile: Profile;
  readonly json?: boolean;
}

/** `flowbeat validate`: needs no server. */
export const validateCommand = (session: Session): Command =>
  command('validate', 'Check chart files without a server; every mistake at once, exit code 2 if there is one', [
    'flowbeat validate report.yaml',
    'flowbeat validate charts/*.yaml --json',
    'flowbeat validate asl.json --profile aws',
  ])
    .argument('<file...>', 'chart files, YAML or JSON')
    .addOption(
      new Option('--profile <name>', 'aws: accept exactly what Step Functions accepts')
        .choices(['flowbeat', 'aws'])
        .default('flowbeat'),
    )
    .option('--json', 'print JSON for programs')
    .action(async (files: string[], { profile, json }: Given) => {
      const checked = await checkFiles(files, profile);
      print(session, json, { ok: checked.ok, files: checked.files }, () => checked.lines(session.style));
      if (!checked.ok) session.exit = Exit.badInput;
    });
