/**
 * What goes wrong in a JSONata expression. Codes are those of the language's reference implementation (docs.jsonata.org, "Errors"): S… while it
 * is parsed, T… for a value of the wrong type, D… for anything else at evaluation. U1001 is ours: a bound was reached.
 */

/** An error of an expression. The message is for people; programs look at `code`. */
export class JsonataError extends Error {
  /** Such as `T2001`. */
  readonly code: string;
  /** The operator or function it is about, where there is one. */
  token: string | undefined;
  /** Offset in the expression's text, from 0, where it is known. */
  position: number | undefined;

  constructor(code: string, message: string, token?: string, position?: number) {
    super(message);
    this.name = 'JsonataError';
    this.code = code;
    this.token = token;
    this.position = position;
  }

  /** Says what function it is about, and where, as far as that is not known yet. */
  locate(token: string | undefined, position: number | undefined): void {
    this.position ??= position;
    if (this.token !== undefined || token === undefined) return;
    this.token = token;
    if (ofSignature.has(this.code))
      this.message = this.message.replace('function', `function ${JSON.stringify(token)}`);
  }
}

/** Arguments that do not match a signature: told where a signature knows no name. */
const ofSignature: ReadonlySet<string> = new Set(['T0410', 'T0411', 'T0412']);

/** Ends the evaluation with an error. */
export const raise: (code: string, message: string, token?: string, position?: number) => never = (
  code,
  message,
  token,
  position,
) => {
  throw new JsonataError(code, message, token, position);
};

/** A bound that an evaluation reached: each has its own name, by which it is set. */
export type Bound = 'fuel' | 'depth' | 'size';

/** An evaluation that was stopped by one of its bounds. */
export class BoundReached extends JsonataError {
  readonly bound: Bound;

  constructor(bound: Bound, message: string) {
    super('U1001', message);
    this.name = 'BoundReached';
    this.bound = bound;
  }
}
