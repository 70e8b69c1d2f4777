import type { Context } from 'aws-lambda';

let calls = 0;

/** What Lambda tells a call of itself. `lastsMs`: how long it may take from now on. */
export function lambdaContext(name: string, lastsMs = 60_000): Context {
  const until = Date.now() + lastsMs;
  return {
    functionName: `flowbeat-test-${name}`,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:flowbeat-test-${name}`,
    memoryLimitInMB: '512',
    awsRequestId: `00000000-0000-4000-8000-${String(++calls).padStart(12, '0')}`,
    logGroupName: name,
    logStreamName: name,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => until - Date.now(),
    done() {},
    fail() {},
    succeed() {},
  };
}
