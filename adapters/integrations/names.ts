/**
 * Names as Step Functions writes them. It calls services through the SDK for Java, so its names are made by the rules of that SDK, with a capital in front.
 */

/** A member of an `aws-sdk:*` result: `ARN` is `Arn`, `SSEKMSKeyId` is `SsekmsKeyId`, `ETag` stays, and what Java has a word for is cut (`Nul`). */
export function sdkMember(name: string): string {
  if (name === 'NULL') return 'Nul';
  // A run of capitals is one word, but for its last letter where a small one follows.
  const run = /^[A-Z]+/.exec(name)?.[0] ?? '';
  if (run.length < 2) return capitalized(name);
  const word = run.length === name.length || !/[a-z]/.test(name.charAt(run.length)) ? run : run.slice(0, -1);
  return word.charAt(0) + word.slice(1).toLowerCase() + name.slice(word.length);
}

/** A member of an optimized integration's result: as the service calls it, with a capital in front. */
export const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** By what a given member's name and a service's are compared: capitals and Java's words do not count. */
export function memberKey(name: string): string {
  const key = name.toLowerCase();
  return key === 'nul' ? 'null' : key;
}

/** What an `aws-sdk:*` error's name begins with: `DynamoDB` is `DynamoDb`, `Secrets Manager` is `SecretsManager`. */
export const sdkService = (serviceId: string): string =>
  serviceId
    .replace(/([a-z]{2,})([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('');

/** An error that the service declares: always with `Exception` at its end. */
export const exceptionName = (name: string): string =>
  name.endsWith('Exception') ? name : `${name.replace(/Fault$/, '')}Exception`;
