import type { Result } from './bar.ts';
import type { Machine } from './machine.ts';

/** What people read first: the machine, and what the figures depend on. */
export function machineText(machine: Machine): string {
  const { versions, settings } = machine;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; load before: ${machine.loadBefore.toFixed(2)}`,
    `Flowbeat ${versions.flowbeat} (${versions.commit}), Node ${versions.node}, SQLite ${versions.sqlite}; the disk makes ${machine.fsyncsPerSecond} fsyncs/s`,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ].join('\n');
}

const HEAD = ['what', 'value', 'floor', 'ratio', 'spread', 'bar', ''];

/** The figures as a table, each with its bar. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    `${figure(result.value)} ${result.unit}`,
    result.floor === null ? '' : figure(result.floor),
    result.ratio === null ? '' : result.ratio.toFixed(2),
    result.spread ? result.spread.map(figure).join(' - ') : '',
    result.bar === null ? '' : (/^at \w+ \S+/.exec(result.text)?.[0] ?? ''),
    result.ok === null ? '' : result.ok ? 'ok' : 'MISSED',
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1_000) return String(value);
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
}
