import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Charts } from '#adapters/dynamodb/charts';
import { DueRows } from '#adapters/dynamodb/due-rows';
import { FlowReads } from '#adapters/dynamodb/flow-reads';
import { FlowWrites } from '#adapters/dynamodb/flow-writes';
import { History } from '#adapters/dynamodb/history';
import { Joins } from '#adapters/dynamodb/joins';
import { KnownFlows } from '#adapters/dynamodb/known-flows';
import { Leases } from '#adapters/dynamodb/leases';
import { RunList } from '#adapters/dynamodb/run-list';
import { SideRows } from '#adapters/dynamodb/side-rows';
import { SideValues } from '#adapters/dynamodb/side-values';
import { TableClient } from '#adapters/dynamodb/table-client';
import type { Blobs } from '#ports/blobs';
import type { Clock } from '#ports/clock';
import type { Store } from '#ports/store';
import type { StoreWrite } from '#ports/write';

/** What a store in DynamoDB needs. */
export interface DynamoOptions {
  /** Its retries, time-outs and endpoint are its owner's choice; a write that it sends twice is recognised by the write's id. */
  readonly client: DynamoDBClient;
  /** A table as `table.ts` describes it. */
  readonly table: string;
  /** Only waits for throttling to pass and tells which hours are over. */
  readonly clock: Clock;
  /** Where the largest values go; in the table where absent. */
  readonly blobs?: Blobs | undefined;
}

/**
 * The store in one DynamoDB table. An action costs one write unit: the flow's item stays within a kilobyte, its facts with it until a
 * dozen are moved to a chunk, no attribute of an index changes, and nothing is transactional (docs/decisions tell what was weighed).
 */
export function openDynamo({ client, table: name, clock, blobs }: DynamoOptions): Store {
  const table = new TableClient(client, name, clock);
  const values = new SideValues(table, blobs);
  const known = new KnownFlows();
  const reads = new FlowReads(table, values, known);
  const runs = new RunList(table, reads);
  const writes = new FlowWrites(table, values, known, reads, runs);
  const history = new History(table, values);
  const joins = new Joins(table);
  const rows = new SideRows(table, values);
  const dues = new DueRows(table, clock);
  const leases = new Leases(table);
  const charts = new Charts(table, values);
  const done = async (work: Promise<void>) => {
    await work;
    return { ok: true };
  };

  const apply = async (write: StoreWrite) => {
    switch (write.kind) {
      case 'commit':
        return writes.commit(write);
      case 'claim':
        return writes.claim(write);
      case 'putFlow':
        return writes.put(write);
      case 'wake':
        return writes.wake(write);
      case 'takeOver':
        return writes.takeOver(write);
      case 'park':
        return writes.park(write);
      case 'markRedriven':
        return writes.markRedriven(write);
      case 'putJoin':
        return done(joins.put(write.row));
      case 'dropJoin':
        return done(joins.drop(write.flow, write.seq, write.node));
      case 'putControl':
        return done(rows.putControl(write.row));
      case 'putCallback':
        return done(rows.putCallback(write.row));
      case 'putDue':
        return done(dues.put(write.row));
      case 'dropDue':
        return done(dues.drop(write.row));
    }
  };

  return {
    apply,
    readFlow: (flow) => reads.readFlow(flow),
    readFlows: (flows) => reads.readFlows(flows),
    listFlows: (run, cursor) => reads.listFlows(run, cursor),
    listRuns: (filter) => runs.list(filter),
    // By owner would be an indexed attribute that changes at every claim: two more write units each. Witnesses find them.
    ownedBy: async () => undefined,
    readFacts: (flow, after, limit) => history.readFacts(flow, after, limit),
    readJoin: (flow, seq, nodes) => joins.read(flow, seq, nodes),
    leaveJoin: (flow, seq, node, change) => joins.leave(flow, seq, node, change),
    readControl: (root) => rows.readControl(root),
    readCallback: (flow, key) => rows.readCallback(flow, key),
    beatCallback: (flow, key, now) => rows.beatCallback(flow, key, now),
    readCallbackBeat: (flow, key) => rows.readCallbackBeat(flow, key),
    saveCheckpoint: (checkpoint, term) => rows.saveCheckpoint(checkpoint, term),
    readCheckpoint: (flow, step) => rows.readCheckpoint(flow, step),
    dueBefore: (due, limit) => dues.before(due, limit),
    readSetting: (key) => rows.readSetting(key),
    writeSetting: (key, value, was) => rows.writeSetting(key, value, was),
    dropSetting: (key) => rows.dropSetting(key),
    census: (now, cursor, endedBefore) => reads.census(now, cursor, endedBefore),
    putLease: (lease) => leases.putLease(lease),
    beat: (beat) => leases.beat(beat),
    readLease: (incarnation) => leases.readLease(incarnation),
    listLeases: () => leases.listLeases(),
    watchedLeases: () => leases.watchedLeases(),
    condemn: (incarnation, beat, by, evidence, now) => leases.condemn(incarnation, beat, by, evidence, now),
    vote: (incarnation, vote) => leases.vote(incarnation, vote),
    command: (incarnation, command) => leases.command(incarnation, command),
    dropLease: (incarnation) => leases.dropLease(incarnation),
    putChart: (chart, source, hash, now) => charts.putChart(chart, source, hash, now),
    readChart: (chart, version) => charts.readChart(chart, version),
    listCharts: () => charts.listCharts(),
    dueCharts: (by) => charts.dueCharts(by),
    noteNextSlot: (chart, next, now) => charts.noteNextSlot(chart, next, now),
    deleteChart: (chart) => charts.deleteChart(chart),
  };
}
