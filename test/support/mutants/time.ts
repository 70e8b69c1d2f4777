import { epoch } from '#engine/time';
import { CONTROL_QUEUE } from '#ports/message';
import type { Write } from '#ports/write';
import { flowMessage, send } from '#scheduler/messages';
import { applied, before, calls, endsTime, has, last, type Mutant, reordered } from '#test/support/mutants/mutant';

/** What people and clocks do to a run: deadlines, time-outs, heartbeats, answers. */
export const TIME: readonly Mutant[] = [
  {
    rule: 'deadline',
    name: 'start: the deadline message after the put',
    features: ['deadlines'],
    mutate: reordered((writes) => [...writes.filter((write) => !endsTime(write)), ...writes.filter(endsTime)]),
  },
  {
    rule: 'deadline',
    name: 'a run is ended before its deadline',
    features: ['deadlines'],
    mutate: calls((store) => ({
      readFlow: async (id) => {
        const flow = await store.readFlow(id);
        return flow?.deadline === undefined ? flow : { ...flow, deadline: epoch(0) };
      },
    })),
  },
  {
    rule: 'K',
    name: 'a deadline message that finds no run is dropped',
    features: ['deadlines'],
    mutate: ({ store }) => ({
      queue: (queue) => ({
        ...queue,
        later: (received, delayMs) => {
          const { message } = received;
          const lost = message.kind === 'deadline' && !store.flows.has(message.root);
          return lost ? queue.done(received) : queue.later(received, delayMs);
        },
      }),
    }),
  },
  {
    rule: 'M',
    name: 'a control row is put over what is there',
    features: ['deadlines'],
    mutate: before('putControl', (store, { row }) => store.controls.delete(row.root)),
  },
  {
    rule: 'M',
    name: 'a cancel leaves a queued flow to workers that can run it',
    features: ['deadlines'],
    mutate: reordered((writes) =>
      writes.filter(
        (write) => write.kind !== 'send' || write.message.kind !== 'flow' || write.message.queue !== CONTROL_QUEUE,
      ),
    ),
  },
  {
    rule: 'callback',
    name: 'an answer is put over what is there',
    features: ['strangers'],
    mutate: before('putCallback', (store, { row }) => store.callbacks.delete(`${row.flow}#${row.key}`)),
  },
  {
    rule: 'callback',
    name: 'answer: its row before its message',
    features: ['strangers'],
    mutate: last(['send'], has('putCallback')),
  },
  {
    rule: 'callback',
    name: 'answer: the flow is woken before the row is there',
    features: ['strangers'],
    mutate: ({ store: truth }) => ({
      commit: (commit) => async (writes) => {
        const row = writes.find((write) => write.kind === 'putCallback');
        const flow = row?.kind === 'putCallback' ? truth.flows.get(row.row.flow) : undefined;
        if (row?.kind !== 'putCallback' || flow?.waits?.for !== 'callback') return commit(writes);
        const wake: Write = { kind: 'wake', flow: flow.id, if: { term: flow.term } };
        await commit([send(flowMessage(flow, flow.term + 1)), wake]);
        return commit([row]);
      },
    }),
  },
  {
    rule: 'callback',
    name: 'what an early message finds waiting is not looked at',
    features: ['strangers'],
    mutate: ({ store: truth }) => ({
      queue: (queue) => ({
        ...queue,
        receive: async (options) => {
          const received = await queue.receive(options);
          const early = received.filter(({ message }) => {
            const flow = message.kind === 'flow' ? truth.flows.get(message.flow) : undefined;
            return flow?.status === 'Waiting' && message.kind === 'flow' && flow.term <= message.term && !message.due;
          });
          for (const it of early) await queue.later(it, 1_000);
          return received.filter((it) => !early.includes(it));
        },
      }),
    }),
  },
  {
    rule: 'heartbeat',
    name: 'heartbeats are not looked at',
    features: ['timeouts'],
    mutate: calls(() => ({ readCallbackBeat: async () => undefined })),
  },
  {
    rule: 'heartbeat',
    name: 'a heartbeat counts for ever',
    features: ['timeouts'],
    mutate: calls((store, truth) => ({
      readCallbackBeat: async (flow, key) => {
        const beat = await store.readCallbackBeat(flow, key);
        return beat === undefined ? undefined : epoch(Math.max(beat, truth.store.flows.get(flow)?.updated ?? 0));
      },
    })),
  },
  {
    rule: 'heartbeat',
    name: 'an earlier heartbeat replaces a later one',
    features: ['timeouts'],
    mutate: applied((store, truth) => ({
      beatCallback: (flow, key, now) => {
        truth.store.callbackBeats.delete(`${flow}#${key}`);
        return store.beatCallback(flow, key, now);
      },
    })),
  },
];
