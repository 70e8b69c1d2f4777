/** A program that is to one module what Lambda's runtime is: calls its `handler` with each event that comes, and says what it answered. */
import { lambdaContext } from '#test/support/lambda-context';

/** A call as it comes, and its end. */
export interface Call {
  readonly id: number;
  readonly event: unknown;
  readonly lastsMs?: number;
}
/** What became of a call. */
export type CallEnd = { readonly id: number } & ({ readonly answer: unknown } | { readonly error: string });

const [, , path = ''] = process.argv;
const module = import(path) as Promise<{ handler(event: unknown, context: object): Promise<unknown> }>;

process.on('message', async ({ id, event, lastsMs }: Call) => {
  const tell = (end: CallEnd) => process.send?.(end);
  try {
    const { handler } = await module;
    tell({ id, answer: await handler(event, lambdaContext(`process-${process.pid}`, lastsMs)) });
  } catch (error) {
    tell({ id, error: String(error) });
  }
});
