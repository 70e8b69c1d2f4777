import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { flowOf, type Key } from '#adapters/dynamodb/keys';
import { isPointer, type Pointer } from '#adapters/dynamodb/side-values';
import type { Item } from '#adapters/dynamodb/table-client';
import { readTail } from '#adapters/dynamodb/tail';
import type { FlowOutcome, Phase, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { type EpochMs, epoch } from '#engine/time';
import {
  type Answers,
  type Archived,
  type FlowRecord,
  type FlowStatus,
  isReadable,
  type TakeOver,
  type Waits,
} from '#ports/flow-record';
import { type Incarnation, parentOf } from '#ports/ids';

/**
 * The flow's item. Names of one letter, since every write pays for the whole item; what a key tells is not repeated.
 *
 * | name | holds | written by |
 * |---|---|---|
 * | k s | the flow's id (keys.ts) | put |
 * | a D N V | startedAt (also the index's sort key), deadline, nonce, chart version | put |
 * | C B | chart and parent link as JSON, only where the id does not tell them | put |
 * | A | what the run's end answers: 1 (`.sync`) or 2 (`.sync:2`), then the token | put |
 * | b M T | how many siblings a child has (itself included), how many at a time, whether one may fail | put |
 * | g | the index's partition: the first root flow of a run only | put |
 * | u t q o c | status, term, seq, owner, claims | every transition |
 * | w d e | what it waits for: `t`, `c`, `b<key>`; due; since | transitions |
 * | x | the last take-over, JSON | take-over, commit |
 * | m | updated | claim, commit |
 * | z r n p l | format, queue, needs, split, left | commit |
 * | P | position without its values, JSON, times since `a` | commit |
 * | i v j G y | the position's input, vars, item, map; the outcome | commit |
 * | h H | the newest facts (tail.ts); the newest history chunk | commit |
 * | R | redrives | markRedriven |
 * | Q | the redrive that keeps the run out of the archive until `R` has come to it | reserve |
 * | Z | the first root: `-` and the archive's key, `+` and the key once all is cleared, `.` where the run is left here | note, cleared, leave |
 * | Y | the id of the last write, by which a repeated request knows its own | every write |
 *
 * `k s a D N V C B b M T u t q o c w d e x m z r n p l R Q Z` mean the same in every format, so that any code can move a flow (take it over, wake it, cancel it) without knowing what it does. The rest
 * is read only where the format is known.
 *
 * `i`, `v`, `j`, `G`, `y` are JSON (an outcome that is no output after a `!`), or a pointer to a side value; `i` and `y` may be `=`: what the last fact in `h` carries.
 */
export const SAME = '=';

/** How the note of a run's archive begins (`Z`). */
export const ARCHIVE = { open: '-', cleared: '+', left: '.' } as const;

/** The attributes that hold values and facts, or point to them: an archived root has none. */
export const VALUES = '#i, #v, #j, #G, #y, #h, #H';

/** The note of an archive. */
export const archiveNote = ({ key, cleared }: Archived): string => (cleared ? ARCHIVE.cleared : ARCHIVE.open) + key;

function readArchived(note: string | undefined): Archived | undefined {
  if (note === undefined || note === ARCHIVE.left) return undefined;
  return { key: note.slice(1), cleared: note.startsWith(ARCHIVE.cleared) };
}

const STATUS = {
  Queued: 'Q',
  Owned: 'O',
  Waiting: 'W',
  Paused: 'U',
  Parked: 'K',
  Succeeded: 'S',
  Failed: 'F',
  TimedOut: 'T',
  Cancelled: 'C',
} as const satisfies Record<FlowStatus, string>;
const STATUS_OF = new Map(Object.entries(STATUS).map(([status, code]) => [code as string, status as FlowStatus]));

/** The letter of a status. */
export const statusCode = (status: FlowStatus): AttributeValue => ({ S: STATUS[status] });
/** The letter of a callback that is waited for. */
export const waitsForCallback = (key: string): AttributeValue => ({ S: `b${key}` });
export const WAITS_FOR_CHILDREN: AttributeValue = { S: 'c' };
const DEFAULT_QUEUE = 'default';
const PHASES: readonly Phase[] = ['enter', 'act', 'callback', 'wait', 'retry', 'split', 'end', 'read', 'gather'];

/** A string as an attribute. */
export const text = (value: string): AttributeValue => ({ S: value });
/** A number as an attribute. */
export const number = (value: number): AttributeValue => ({ N: String(value) });

/** The values of a flow that can be long, as JSON text. */
export interface ValueTexts {
  readonly i?: string;
  readonly v?: string;
  readonly j?: string;
  readonly y?: string;
  readonly G?: string;
}

/** JSON text of the values that a record carries; what is empty is left out. */
export function valueTexts({ position, outcome }: FlowRecord): ValueTexts {
  const { input, vars, item, map } = position;
  return {
    ...(input !== null && { i: JSON.stringify(input) }),
    ...(Object.keys(vars).length > 0 && { v: JSON.stringify(vars) }),
    ...(item && { j: JSON.stringify([item.index, item.value, ...(item.key === undefined ? [] : [item.key])]) }),
    ...(outcome && { y: outcomeText(outcome) }),
    ...(map && { G: JSON.stringify(map) }),
  };
}

/** Begins the text of an outcome that is no output; no JSON does. */
const FAILED = '!';

function outcomeText(outcome: FlowOutcome): string {
  if (outcome.status === 'Succeeded') return JSON.stringify(outcome.output);
  return FAILED + JSON.stringify([outcome.status, outcome.error ?? null, outcome.cause ?? null]);
}

/** What a put writes and no later write touches. */
export function fixedAttributes(flow: FlowRecord, key: Key, runPartition: string | undefined): Item {
  const { parent, deadline, chart } = flow;
  const link = parent && parentOf(flow.id);
  const told = link && parent && link.id === parent.id && link.seq === parent.seq && link.index === parent.index;
  return {
    k: text(key.k),
    s: text(key.s),
    a: number(flow.startedAt),
    N: text(flow.nonce),
    V: number(flow.version),
    ...(deadline !== undefined && { D: number(deadline) }),
    ...(flow.answers !== undefined && { A: text(answersText(flow.answers)) }),
    ...(!flow.run.startsWith(`${chart}:`) && { C: text(chart) }),
    ...(parent && { b: number(parent.branches) }),
    ...(parent && parent.max !== 0 && { M: number(parent.max) }),
    ...(parent?.tolerant && { T: number(1) }),
    ...(parent && !told && { B: text(JSON.stringify([parent.id, parent.seq, parent.index])) }),
    ...(flow.redrives !== 0 && { R: number(flow.redrives) }),
    ...(runPartition !== undefined && { g: text(runPartition) }),
  };
}

const answersText = ({ form, token }: Answers): string => (form === 'sync' ? '1' : '2') + token;

const readAnswers = (stored: string): Answers => ({
  token: stored.slice(1),
  form: stored.startsWith('1') ? 'sync' : 'sync:2',
});

/** Everything that a commit writes anew, the values aside. */
export function movingAttributes(flow: FlowRecord): Record<string, AttributeValue> {
  const { waits, left, owner, split, takenOver } = flow;
  return {
    u: statusCode(flow.status),
    t: number(flow.term),
    q: number(flow.seq),
    m: number(flow.updated),
    P: text(positionText(flow.position, flow.startedAt)),
    ...(owner !== undefined && { o: text(owner) }),
    ...(flow.claims !== 0 && { c: number(flow.claims) }),
    ...(waits && waitsAttributes(waits)),
    ...(takenOver && { x: text(JSON.stringify(takenOver)) }),
    ...(flow.format !== 1 && { z: number(flow.format) }),
    ...(flow.queue !== DEFAULT_QUEUE && { r: text(flow.queue) }),
    ...(flow.needs !== '' && { n: text(flow.needs) }),
    ...(split !== undefined && { p: number(split) }),
    ...(left && { l: text(`${left.seq}.${left.branches}.${left.cancel ? 1 : 0}`) }),
  };
}

/** What a commit may have to remove: all that a record need not have. */
export const OPTIONAL = [
  'o',
  'c',
  'w',
  'd',
  'e',
  'x',
  'z',
  'r',
  'n',
  'p',
  'l',
  'i',
  'v',
  'j',
  'G',
  'y',
  'h',
  'H',
] as const;

function waitsAttributes(waits: Waits): Record<string, AttributeValue> {
  if (waits.for === 'children') return { w: WAITS_FOR_CHILDREN };
  const due = waits.due === undefined ? {} : { d: number(waits.due) };
  if (waits.for === 'time') return { w: { S: 't' }, ...due };
  return { w: waitsForCallback(waits.key), e: number(waits.since), ...due };
}

/** A position's parts in a row, without its values; what is missing at the end is left out. Times as differences: five digits, not thirteen. */
function positionText(position: Position, startedAt: number): string {
  const since = (at: EpochMs | undefined) => (at === undefined ? null : at - startedAt);
  const parts: Json[] = [
    position.at,
    PHASES.indexOf(position.phase),
    position.step,
    since(position.entered),
    position.attempt,
    position.tries ?? null,
    since(position.due),
    position.dueMeans ?? null,
    since(position.deadline),
    position.branches ?? null,
    position.refused ? [position.refused.error, position.refused.cause] : null,
  ];
  while (parts.at(-1) === null) parts.pop();
  return JSON.stringify(parts);
}

const WAITS_TIME = 't';

const formatOf = (item: Item): number => Number(item.z?.N ?? 1);

/** The side values that a flow's item points to. */
export function pointersOf(item: Item): Pointer[] {
  if (!isReadable({ format: formatOf(item) })) return [];
  const { id: flow } = flowOf(itemKey(item));
  return [item.i, item.v, item.j, item.G, item.y].flatMap((value) =>
    value?.S !== undefined && isPointer(value.S) ? [{ flow, pointer: value.S }] : [],
  );
}

/** The key of an item. */
export const itemKey = (item: Item): Key => ({ k: item.k?.S ?? '', s: item.s?.S ?? '' });

/** The flow that an item holds. `textOf` gives the texts of the side values it points to. */
export function readFlowItem(item: Item, textOf: (of: Pointer) => string): FlowRecord {
  const { id, run } = flowOf(itemKey(item));
  const num = (name: string) => (item[name]?.N === undefined ? undefined : Number(item[name].N));
  const startedAt = epoch(num('a') ?? 0);
  const stored = (name: string): string | undefined => {
    const given = item[name]?.S;
    if (given === SAME) return readTail(item.h?.S, startedAt).carries;
    return given !== undefined && isPointer(given) ? textOf({ flow: id, pointer: given }) : given;
  };
  const value = (name: string): Json | undefined => {
    const json = stored(name);
    return json === undefined ? undefined : (JSON.parse(json) as Json);
  };
  const status = STATUS_OF.get(item.u?.S ?? '') ?? 'Queued';
  const [deadline, split, branches] = [num('D'), num('p'), num('b')];
  const link = parentLink(item, id);
  const waits = readWaits(item, num);
  const archived = readArchived(item.Z?.S);
  const format = formatOf(item);
  const known = isReadable({ format });
  const outcome = known ? readOutcome(stored('y')) : undefined;
  return {
    format,
    id,
    run,
    ...(branches !== undefined &&
      link && { parent: { ...link, branches, max: num('M') ?? 0, ...(num('T') && { tolerant: true }) } }),
    chart: item.C?.S ?? run.slice(0, run.indexOf(':')),
    version: num('V') ?? 0,
    queue: item.r?.S ?? DEFAULT_QUEUE,
    needs: item.n?.S ?? '',
    startedAt,
    ...(deadline !== undefined && { deadline: epoch(deadline) }),
    nonce: item.N?.S ?? '',
    ...(item.A?.S !== undefined && { answers: readAnswers(item.A.S) }),
    status,
    ...(item.o?.S !== undefined && { owner: item.o.S as Incarnation }),
    term: num('t') ?? 0,
    seq: num('q') ?? 0,
    claims: num('c') ?? 0,
    ...(waits && { waits }),
    ...(split !== undefined && { split }),
    ...(item.l?.S !== undefined && { left: readLeft(item.l.S) }),
    ...(item.x?.S !== undefined && { takenOver: JSON.parse(item.x.S) as TakeOver }),
    position: known ? readPosition(item.P?.S ?? '[]', startedAt, value) : unread(startedAt),
    ...(outcome && { outcome }),
    redrives: num('R') ?? 0,
    ...(archived && { archived }),
    updated: epoch(num('m') ?? 0),
  };
}

function parentLink(item: Item, id: FlowRecord['id']): ReturnType<typeof parentOf> {
  if (item.B?.S === undefined) return parentOf(id);
  const [parent, seq, index] = JSON.parse(item.B.S) as [FlowRecord['id'], number, number];
  return { id: parent, seq, index };
}

function readLeft(stored: string): NonNullable<FlowRecord['left']> {
  const [seq = 0, branches = 0, cancel] = stored.split('.').map(Number);
  return { seq, branches, cancel: cancel === 1 };
}

function readWaits(item: Item, num: (name: string) => number | undefined): Waits | undefined {
  const kind = item.w?.S;
  if (kind === undefined) return undefined;
  if (kind === WAITS_FOR_CHILDREN.S) return { for: 'children' };
  const due = num('d');
  if (kind === WAITS_TIME) return { for: 'time', due: epoch(due ?? 0) };
  const since = epoch(num('e') ?? 0);
  return { for: 'callback', key: kind.slice(1), since, ...(due !== undefined && { due: epoch(due) }) };
}

function readOutcome(stored: string | undefined): FlowOutcome | undefined {
  if (stored === undefined) return undefined;
  if (!stored.startsWith(FAILED)) return { status: 'Succeeded', output: JSON.parse(stored) as Json };
  type Parts = [status: 'Failed' | 'TimedOut' | 'Cancelled', error: string | null, cause: string | null];
  const [status, error, cause] = JSON.parse(stored.slice(FAILED.length)) as Parts;
  return { status, ...(error !== null && { error }), ...(cause !== null && { cause }) };
}

/** Of a flow of a newer format: nobody goes on from it. */
const unread = (startedAt: EpochMs): Position => ({
  at: '',
  phase: 'enter',
  step: 0,
  input: null,
  vars: {},
  entered: startedAt,
  attempt: 0,
});

type PositionParts = [
  at: string,
  phase: number,
  step: number,
  entered: number,
  attempt: number,
  tries?: number[] | null,
  due?: number | null,
  dueMeans?: 'timeout' | 'heartbeat' | null,
  deadline?: number | null,
  branches?: number | null,
  refused?: [error: string, cause: string] | null,
];

function readPosition(stored: string, startedAt: number, value: (name: string) => Json | undefined): Position {
  const [at, phase, step, entered, attempt, tries, due, dueMeans, deadline, branches, refused] = JSON.parse(
    stored,
  ) as PositionParts;
  const item = value('j') as [index: number, value: Json, key?: string | null] | undefined;
  const map = value('G') as Position['map'] | undefined;
  return {
    at,
    phase: PHASES[phase] ?? 'enter',
    step,
    input: value('i') ?? null,
    vars: (value('v') ?? {}) as Position['vars'],
    entered: epoch(startedAt + entered),
    attempt,
    ...(tries && { tries }),
    ...(due != null && { due: epoch(startedAt + due) }),
    ...(dueMeans && { dueMeans }),
    ...(deadline != null && { deadline: epoch(startedAt + deadline) }),
    ...(branches != null && { branches }),
    ...(refused && { refused: { error: refused[0], cause: refused[1] } }),
    ...(map && { map }),
    ...(item && { item: { index: item[0], value: item[1], ...(item[2] != null && { key: item[2] }) } }),
  };
}
