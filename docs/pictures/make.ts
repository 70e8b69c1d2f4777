/**
 * `node docs/pictures/make.ts`: makes start.png, the picture in the README, of a real run: the terminal as `npm start` drew it while the
 * packets were measured, and the report that the run wrote. Needs `script` (util-linux) and Chromium; CHROMIUM names it where it is not `chromium`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Screen } from './terminal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const chromium = process.env.CHROMIUM ?? 'chromium';

/** What the terminal shows each time something is written to it. */
async function record(command: string): Promise<readonly Screen[]> {
  const screen = new Screen();
  const frames: Screen[] = [];
  const child = spawn('script', ['-qefc', `stty cols 96 rows 50; ${command}`, '/dev/null'], {
    cwd: root,
    // What npm says of its own configuration is no part of the picture.
    env: { ...process.env, TERM: 'xterm-256color', npm_config_loglevel: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    screen.write(chunk);
    frames.push(screen.copy());
  }
  return frames;
}

/** The frame in which more than half of the packets are done, and not yet all. */
function telling(frames: readonly Screen[]): Screen {
  const found = frames.find((frame) => {
    const [, done = 0, all = 0] = /Packets.* (\d+)\/(\d+)/.exec(frame.text()) ?? [];
    return Number(all) > 0 && Number(done) > Number(all) * 0.55 && Number(done) < Number(all);
  });
  if (found === undefined) throw new Error('no frame shows the packets under way');
  return found;
}

/** The newest report that the examples wrote. */
function newestReport(): string {
  const folder = join(root, '.flowbeat', 'examples');
  const reports = readdirSync(folder).map((run) => join(folder, run, 'report.html'));
  const byTime = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = reports.sort((a, b) => byTime(b) - byTime(a))[0];
  if (newest === undefined) throw new Error('the run wrote no report');
  return newest;
}

function picture(terminal: string, report: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #05070d; width: 1600px; height: 1040px; position: relative; overflow: hidden; }
iframe { position: absolute; left: 300px; top: 36px; width: 1500px; height: 1300px; border: 0; border-radius: 12px; transform: scale(.84); transform-origin: 0 0; box-shadow: 0 0 0 1px #232c42; }
pre { position: absolute; left: 40px; bottom: 36px; min-width: 600px; margin: 0; padding: 44px 24px 22px; border-radius: 12px; background: #0f1117; color: #d7dae3; box-shadow: 0 24px 70px #000c, 0 0 0 1px #2b3040; font: 14px/1.5 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre::before { content: ""; position: absolute; left: 20px; top: 17px; width: 11px; height: 11px; border-radius: 50%; background: #3a4052; box-shadow: 19px 0 #3a4052, 38px 0 #3a4052; }
.bold { font-weight: 700; color: #fff; } .dim { color: #858da1; } .green { color: #7fd18b; } .red { color: #ff7b72; } .yellow { color: #e3b341; }
.cyan { color: #6cc7dd; } .blue { color: #79a8ff; } .magenta { color: #d2a8ff; } .gray { color: #858da1; }
</style><iframe src="file://${report}"></iframe><pre>${terminal}</pre>`;
}

const folder = mkdtempSync(join(tmpdir(), 'flowbeat-picture-'));
try {
  const frames = await record('npm start -- --once');
  const page = join(folder, 'picture.html');
  const shown = telling(frames).html().replaceAll(root, './').trim();
  writeFileSync(page, picture(`<span class="dim">$</span> npm start\n\n${shown}`, newestReport()));
  const target = join(root, 'docs', 'pictures', 'start.png');
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--allow-file-access-from-files'];
  const quiet = ['--no-first-run', '--disable-quic', '--disable-background-networking', '--disable-component-update'];
  const dark = ['--force-dark-mode', '--blink-settings=preferredColorScheme=0', '--window-size=1600,1040'];
  execFileSync(chromium, [...flags, ...quiet, '--disable-sync', ...dark, `--screenshot=${target}`, `file://${page}`], {
    stdio: 'ignore',
  });
  console.log(target);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
