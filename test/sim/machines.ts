import type { Json } from '#engine/json';
import type { Machine, State } from '#test/sim/cases';

/** A machine and all those inside its Parallel and Map states, outermost first. */
export function* machinesOf(machine: Machine): Generator<Machine> {
  yield machine;
  for (const state of Object.values(machine.States)) {
    const { Branches, ItemProcessor } = state as { Branches?: readonly Machine[]; ItemProcessor?: Machine };
    for (const inner of [...(Branches ?? []), ...(ItemProcessor ? [ItemProcessor] : [])]) yield* machinesOf(inner);
  }
}

/** Every Task of a machine and of those inside it; states may be added beside it meanwhile. */
export function* tasksOf(
  machine: Machine,
): Generator<{ readonly name: string; readonly task: State; readonly activity: string; readonly machine: Machine }> {
  for (const inner of [...machinesOf(machine)]) {
    for (const [name, task] of Object.entries(inner.States)) {
      if (task.Type !== 'Task') continue;
      const activity = /^activity:([^.]+)/.exec(task.Resource as string)![1]!;
      yield { name, task, activity, machine: inner };
    }
  }
}

/** Puts a Task in front of a machine; what it comes to is dropped. */
export function prepend(machine: Machine, name: string, task: State): void {
  machine.States[name] = { Type: 'Task', ...task, ResultPath: null, Next: machine.StartAt };
  machine.StartAt = name;
}

/** A question that is asked with a token. */
export const asks = (activity: string): State => ({
  Resource: `activity:${activity}.waitForTaskToken`,
  Parameters: { 'n.$': '$.n', 'token.$': '$$.Task.Token' },
});

/** Where a state goes on. */
export const afterOf = ({ Next, End }: State): { readonly [field: string]: Json } =>
  Next === undefined ? { End: End ?? true } : { Next };
