import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Json } from '#engine/json';

/** What stands for the values that only a deployment knows, where a chart is checked before it. */
const KNOWN: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** An ARN of a function: the attribute that charts refer to most, and where an ARN is checked it must look like one. */
const SOME_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:known-at-deploy';

/** A value with an example in place of each thing that only a deployment knows. */
export const withoutTokens = (scope: Construct, value: Json): Json => example(Stack.of(scope).resolve(value));

function example(value: Json): Json {
  if (Array.isArray(value)) return value.map(example);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, inside] = entries[0] ?? [];
  if (entries.length === 1) {
    if (name === 'Ref' && typeof inside === 'string') return KNOWN[inside] ?? inside;
    if (name === 'Fn::GetAtt') return SOME_ARN;
    if (name === 'Fn::Join' && Array.isArray(inside)) {
      const [separator, parts] = inside as [string, Json[]];
      return parts.map((part) => String(example(part))).join(separator);
    }
    if (name?.startsWith('Fn::')) return 'known-at-deploy';
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, example(inner)]));
}
