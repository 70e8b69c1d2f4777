/** What a gateway of AWS said where it let a request not through to the API, in one sentence with what to do; undefined where it was none. */
export function refusalOf(status: number, answer: unknown, server: string): string | undefined {
  const { message, Message } = (answer ?? {}) as { message?: unknown; Message?: unknown };
  const said = [message, Message].find((text) => typeof text === 'string');
  if (said === undefined) return undefined;
  const quoted = `"${said.replace(/\.$/, '')}"`;
  if (status === 401) return `${server} refused the token of FLOWBEAT_TOKEN, or wants one: ${quoted}.`;
  if (status === 413) return `The request is too large for ${server}: ${quoted}.`;
  if (status === 429) return `${server} takes no more requests at the moment: ${quoted}. Try again in a while.`;
  if (status >= 500) return `${server} failed before the API answered: ${quoted}. Its log says why; try again.`;
  if (status !== 403) return undefined;
  if (/expired|not yet current/i.test(said)) {
    return `${server} refused the signature: ${quoted}. Renew the credentials, or set this machine's clock.`;
  }
  if (/scoped to/i.test(said))
    return `${server} is of another region than the request was signed for: ${quoted}. Set AWS_REGION.`;
  if (/token.*invalid|signature/i.test(said)) {
    return `${server} does not know these credentials or their signature: ${quoted}. AWS_PROFILE says which are used.`;
  }
  return `${server} refused the request: ${quoted}. It needs credentials (--sign, --stack) that may execute-api:Invoke it, or lambda:InvokeFunctionUrl where it is a function URL.`;
}
