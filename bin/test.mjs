// `npm test`: installs what is missing, then every check that needs nothing but npm, and stops at the first that fails.
// The last line is `N passed, N failed`, with `, N skipped` if any: what reads a build's log reads that.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installIfNeeded, root } from './toolchain.mjs';

const folder = mkdtempSync(join(tmpdir(), 'flowbeat-test-'));
const report = join(folder, 'report.json');

// Each is a script of package.json, so that it can be run alone by the same name.
const checks = [
  ['format and lint', 'lint'],
  ['types', 'typecheck'],
  ['imports between the folders', 'layers'],
  ['nothing unused', 'unused'],
  ['tests', 'test:unit', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
];

installIfNeeded();
const failed = checks.find((check) => !passes(check));
const counts = countTests();
rmSync(folder, { recursive: true, force: true });

console.log(failed === undefined ? '\nEvery check passed.' : `\nFailed: ${failed[0]}.${notRun()}`);
// A check that fails without a failing test (a file that does not compile, an error outside a test) counts as one.
if (failed !== undefined && counts.failed === 0) counts.failed = 1;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function passes([title, script, ...args]) {
  console.log(`\n=== ${title} (npm run ${script})`);
  const started = performance.now();
  const { status, error } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error) console.error(error.message);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`=== ${title}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  return status === 0;
}

function notRun() {
  const titles = checks.slice(checks.indexOf(failed) + 1).map(([title]) => title);
  return titles.length === 0 ? '' : ` Not run: ${titles.join(', ')}.`;
}

function countTests() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that fails outside its tests, by what it imports or prepares, has no failed test.
    const brokenFiles = testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
    ).length;
    return { passed: numPassedTests, failed: numFailedTests + brokenFiles, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
