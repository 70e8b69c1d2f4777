/**
 * `node test/formats/record.ts`: records the runs of `runs.ts` as this code writes them, under the format that it writes. Once a format: what was recorded stays as it is, since
 * installations hold it.
 */
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { openSqlite } from '#adapters/sqlite/open';
import { bodyOf } from '#adapters/sqs/polls';
import { FLOW_FORMAT } from '#ports/flow-record';
import { orderedCommit } from '#scheduler/ordered-commit';
import { recordedFormats, writeState, writeTable } from '#test/formats/corpus';
import { bringThere, clockFrom, RECORDED_AT } from '#test/formats/runs';
import { openEmulators } from '#test/support/emulators/emulators';
import { TemporaryFolder } from '#test/support/temporary-folder';

if (recordedFormats().includes(FLOW_FORMAT)) {
  console.error(`Format ${FLOW_FORMAT} is recorded. Raise FLOW_FORMAT first, or delete its two files in test/formats.`);
  process.exit(2);
}
const clock = clockFrom(RECORDED_AT);

const emulators = await openEmulators();
const { dynamo: client, table } = emulators;
const queue = new MemoryQueue(clock);
const store = openDynamo({ client, table, clock });
const ofTable = await bringThere({ store, queue, commit: orderedCommit(store, queue), clock });
const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
const messages = [...queue.entries.values()].map(({ message }) => ({ queue: message.queue, body: bodyOf(message) }));
writeTable(FLOW_FORMAT, { ...ofTable, items: Items, messages });
await emulators.close();

using folder = new TemporaryFolder();
const sqlite = await openSqlite({ file: folder.file('state.db'), clock });
const ofFile = await bringThere({ ...sqlite, clock });
await sqlite.close();
const db = new DatabaseSync(folder.file('state.db'));
db.exec(`VACUUM INTO '${folder.file('copy.db')}'`);
db.close();
writeState(FLOW_FORMAT, { ...ofFile, file: readFileSync(folder.file('copy.db')) });
console.log(`format ${FLOW_FORMAT}: ${Items.length} items, ${messages.length} messages`);
process.exit(0);
