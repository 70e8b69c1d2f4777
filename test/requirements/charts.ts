/** Charts of these tests, as a user would write them. */

/** One action after the other; each state's name is its action's input. */
export const chain = (
  name: string,
  states: readonly (readonly [state: string, activity: string])[],
  extra = '',
): string =>
  `name: ${name}
${extra}
definition:
  StartAt: ${states[0]?.[0]}
  States:
${states
  .map(
    ([state, activity], i) => `    ${state}:
      Type: Task
      Resource: activity:${activity}
      Parameters: { name: ${state} }
      ResultPath: $.${state}
      ${i === states.length - 1 ? 'End: true' : `Next: ${states[i + 1]?.[0]}`}`,
  )
  .join('\n')}
`;

/** A split whose branches hold until their gates open. */
export const fork = (name: string, branches: readonly string[], activity = 'hold'): string =>
  `name: ${name}
definition:
  StartAt: Fork
  States:
    Fork:
      Type: Parallel
      Branches:
${branches
  .map(
    (branch) => `        - StartAt: ${branch}
          States:
            ${branch}: { Type: Task, Resource: "activity:${activity}", Parameters: { name: ${branch} }, End: true }`,
  )
  .join('\n')}
      End: true
`;
