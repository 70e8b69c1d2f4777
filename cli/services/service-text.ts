import { badInput } from '#cli/exit';
import { systemdUnit } from '#cli/services/systemd-unit';
import { winswConfig } from '#cli/services/winsw-config';
import type { WorkerService } from '#cli/services/worker-service';

/** The kinds of service that can be printed. */
export const SERVICE_KINDS = ['systemd', 'windows'] as const;

/** A kind of service. */
export type ServiceKind = (typeof SERVICE_KINDS)[number];

/** The text of a service. Throws a `CliError` where an argument has a character that no such file can hold. */
export function serviceText(kind: ServiceKind, service: WorkerService): string {
  const all = [...service.command, service.folder, ...service.writes, ...Object.values(service.environment)];
  for (const text of all) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    if (/[\u0000-\u001f\u007f]/.test(text))
      throw badInput(`A service cannot be given ${JSON.stringify(text)}: it has a control character.`);
  }
  return kind === 'systemd' ? systemdUnit(service) : winswConfig(service);
}
