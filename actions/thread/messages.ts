import type { ActionNames } from '#actions/handler-context';
import type { Json } from '#engine/json';
import type { ActionOutcome, LogLine } from '#ports/action';

/** What a worker tells the thread of an isolated handler. A thread runs one action at a time. */
export type ToThread =
  /** Import `module` and run its handler of `activity`. */
  | {
      readonly type: 'run';
      readonly module: string;
      readonly activity: string;
      readonly input: Json;
      readonly names: ActionNames;
    }
  /** Abort the signal. A handler that blocks never hears of it. */
  | { readonly type: 'abort' }
  /** The answer to an `ask`. */
  | { readonly type: 'answer'; readonly id: number; readonly value?: Json | undefined }
  | { readonly type: 'refusal'; readonly id: number; readonly message: string };

/** What the thread tells the worker. It arrives even while the handler blocks. */
export type FromThread =
  | { readonly type: 'beat'; readonly details: Json | undefined }
  | { readonly type: 'log'; readonly level: LogLine['level']; readonly text: string }
  | { readonly type: 'ask'; readonly id: number; readonly what: 'checkpoint'; readonly data: Json }
  | { readonly type: 'ask'; readonly id: number; readonly what: 'checkpointed' }
  | { readonly type: 'ended'; readonly outcome: ActionOutcome };
