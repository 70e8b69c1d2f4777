/**
 * `npm run test:aws`: the contract suite and the end-to-end suite on an endpoint of AWS: the one that AWS_ENDPOINT_URL names, else a MiniStack of its own.
 * The last line is `N passed, N failed`, with `, N skipped` if any: what reads a build's log reads that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startMiniStack } from '#test/support/aws-local/mini-stack';
import { Place } from '#test/support/aws-local/place';
import { stop } from '#test/support/aws-local/program';
import { NoPython } from '#test/support/aws-local/python';
import { settingsOf } from '#test/support/aws-local/target';
import { root } from '#test/support/command';
import { TemporaryFolder } from '#test/support/temporary-folder';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { status: string; assertionResults: readonly { status: string }[] }[];
}

async function main(): Promise<number> {
  const named = process.env.AWS_ENDPOINT_URL;
  if (named !== undefined) return test(named);
  const place = new Place('aws-test');
  place.make();
  try {
    const { endpoint, pid } = await startMiniStack(place);
    const end = () => process.exit(1);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(pid).then(end));
    try {
      return await test(endpoint);
    } finally {
      await stop(pid);
    }
  } catch (error) {
    if (!(error instanceof NoPython)) throw error;
    console.log(`SKIPPED: the tests on an emulator of AWS. ${error.message}`);
    console.log('0 passed, 0 failed, 1 skipped');
    return 0;
  } finally {
    place.clear();
  }
}

async function test(endpoint: string): Promise<number> {
  using folder = new TemporaryFolder();
  const report = folder.file('report.json');
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ];
  const child = spawn(join(root, 'node_modules', '.bin', 'vitest'), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...settingsOf(endpoint, 'us-east-1'), FLOWBEAT_TEST_AWS: '1' },
  });
  const [code] = await once(child, 'exit');
  const { passed, failed, skipped } = count(report);
  const failures = failed === 0 && code !== 0 ? 1 : failed;
  console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failures === 0 ? 0 : 1;
}

/** A file that fails outside its tests, by what it imports or prepares, has no failed test: it counts as one. */
function count(report: string): { passed: number; failed: number; skipped: number } {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const all = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const broken = all.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  return { passed: all.numPassedTests, failed: all.numFailedTests + broken.length, skipped: all.numPendingTests };
}

process.exitCode = await main();
