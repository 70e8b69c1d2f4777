import type { Node } from '#engine/jsonata/syntax/ast';
import type { Code } from '#engine/jsonata/values/value';

/**
 * Compiles a node. Handed to the compilers of single nodes, which compile what is below them with it. `level`: how many nodes are above it in its
 * function, or in the expression.
 */
export type CompileNode = (node: Node, level: number) => Code;
