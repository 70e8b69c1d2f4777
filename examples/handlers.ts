/**
 * The handlers of all examples: `flowbeat dev --handlers examples/handlers.ts --charts examples/hello.yaml`. Each entry is what a chart
 * names as `Resource: activity:<name>`.
 */
import { defineActivities } from 'flowbeat/worker';
import { askApproval, chargeCard, order, refund, ship } from './shop.ts';
import { drawCharts, drawMap } from './towns/draw.ts';
import { extract } from './towns/extract.ts';
import { measure } from './towns/measure.ts';
import { merge } from './towns/merge.ts';
import { openIndex } from './towns/open-index.ts';
import { publish } from './towns/publish.ts';

export default defineActivities({
  // hello.yaml
  greet: ({ name = 'world' }: { name?: string }) => ({ greeting: `Hello, ${name}!` }),

  // parallel.yaml
  'count-words': ({ text }: { text: string }) => text.split(/\s+/).filter(Boolean).length,
  'count-letters': ({ text }: { text: string }) => text.match(/\p{Letter}/gu)?.length ?? 0,

  // retry.yaml
  'charge-card': chargeCard,
  ship,
  refund,

  // callback.yaml
  'ask-approval': askApproval,
  order,

  // schedule.yaml
  'tell-time': ({ run, startedAt }: { run: string; startedAt: string }, { log }) => {
    log(`it is the turn of ${run}`);
    return { run, startedAt };
  },

  // world-towns.yaml. What computes for long runs in threads of its own, so that packets really use all processors.
  'towns.extract': { handler: extract, isolate: 'thread' },
  'towns.open-index': openIndex,
  'towns.measure': { handler: measure, isolate: 'thread' },
  'towns.merge': { handler: merge, isolate: 'thread' },
  'towns.draw-map': drawMap,
  'towns.draw-charts': drawCharts,
  'towns.publish': publish,
});
