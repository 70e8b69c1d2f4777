// A worker that dies between the start of its command and the line that tells the watcher of it.
import { spawn } from 'node:child_process';
import { EXEC_ID, GroupWatcher } from '#actions/exec/group-watcher';

const { args } = JSON.parse(process.argv[2] ?? '') as { args: string[] };
new GroupWatcher().start('id-1', () => {
  spawn('sh', args, { detached: true, stdio: 'ignore', env: { ...process.env, [EXEC_ID]: 'id-1' } });
  process.kill(process.pid, 'SIGKILL');
  throw new Error('not reached');
});
