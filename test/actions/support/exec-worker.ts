// A worker that runs one command, to be killed by the test: `node exec-worker.ts <JSON input>`.
import { createActionRunner } from '#actions/action-runner';
import { realClock, TestCall } from '#test/actions/support/calls';

const runner = createActionRunner({ activities: {}, exec: true, clock: realClock });
await runner.run(new TestCall('exec', JSON.parse(process.argv[2] ?? '')));
