import { JsonataError } from '#engine/jsonata/error';
import type { Node } from '#engine/jsonata/syntax/ast';

/** What an expression reads from outside of itself, as far as a place may not have it. */
export interface Reference {
  /** `top`: a name, or `$`, at the top level; `root`: `$$`; `states`: a member of `$states`; `variable`: a variable or function that the expression does not bind itself. */
  readonly kind: 'top' | 'root' | 'states' | 'variable';
  readonly name: string;
}

/**
 * What an expression reads, each once, in the order in which it is written. Only the first step of a path sees the top level; later steps, filters, sort
 * terms and groups see what the steps before them gave, and a function's body sees what the expression around it sees (as AWS does: floci, issue 2670).
 * Throws `JsonataError` where the expression nests too deep to be looked at.
 */
export const referencesOf = (root: Node): readonly Reference[] => {
  const found = new Map<string, Reference>();
  const bound = new Set<string>();
  const note = (kind: Reference['kind'], name: string): void => {
    if (!found.has(`${kind} ${name}`)) found.set(`${kind} ${name}`, { kind, name });
  };
  const all = (nodes: readonly (Node | undefined)[], top: boolean): void => {
    for (const node of nodes) if (node !== undefined) walk(node, top);
  };
  const walk = (node: Node, top: boolean): void => {
    visit(node, top);
    for (const name of [node.focus, node.index]) if (name !== undefined) bound.add(name);
    for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])])
      if (stage.type === 'filter') walk(stage.expr, false);
      else bound.add(stage.value);
    if (node.group) all(node.group.lhs.flat(), false);
  };
  const visit = (node: Node, top: boolean): void => {
    switch (node.type) {
      case 'path':
        node.steps.forEach((step, i) => {
          walk(step, top && i === 0);
        });
        noteStates(node.steps);
        break;
      case 'name':
        if (top) note('top', node.value);
        break;
      case 'variable':
        if (node.value === '$') note('root', '$$');
        else if (node.value === '') {
          if (top) note('top', '$');
        } else note('variable', node.value);
        break;
      case 'unary':
        if (node.value === '-') walk(node.expression, top);
        else if (node.value === '[') all(node.expressions, top);
        else all(node.lhs.flat(), top);
        break;
      case 'binary':
      case 'apply':
        all([node.lhs, node.rhs], top);
        break;
      case 'function':
      case 'partial':
        all([node.procedure, ...node.arguments], top);
        break;
      case 'lambda':
        for (const { value } of node.arguments) bound.add(value);
        walk(node.body, top);
        break;
      case 'condition':
        all([node.condition, node.then, node.else], top);
        break;
      case 'block':
        all(node.expressions, top);
        break;
      case 'bind':
        bound.add(node.lhs.value);
        walk(node.rhs, top);
        break;
      case 'transform':
        all([node.pattern, node.update, node.delete], false);
        break;
      case 'sort':
        all(
          node.terms.map(({ expression }) => expression),
          false,
        );
        break;
      default:
    }
  };
  const noteStates = ([first, second]: readonly Node[]): void => {
    if (first?.type === 'variable' && first.value === 'states' && second?.type === 'name') note('states', second.value);
  };
  try {
    walk(root, true);
  } catch (error) {
    if (error instanceof RangeError) throw new JsonataError('S0501', 'the expression is nested too deep');
    throw error;
  }
  // Wherever it is bound: in a function that is called later, too.
  return [...found.values()].filter(({ kind, name }) => kind !== 'variable' || !bound.has(name));
};
