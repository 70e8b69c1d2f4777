import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Scope } from '#cli/aws/address';
import { Sha256 } from '#cli/aws/sha256';
import type { Fetch } from '#cli/client';
import { CliError, Exit } from '#cli/exit';

/** Calls with requests signed by AWS Signature Version 4, with the credentials that the environment names, as the AWS SDK finds them. */
export function signingFetch(fetch: Fetch, scope: Scope): Fetch {
  const find = defaultProvider();
  const credentials = () => find().catch(refuse);
  const signer = new SignatureV4({ ...scope, credentials, sha256: Sha256 });
  return async (url, init) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
    const signed = await signer.sign({
      method: init.method ?? 'GET',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...(init.headers as Record<string, string>), host },
      body: init.body,
    });
    // `fetch` names the host itself, the same one.
    const { host: _host, ...headers } = signed.headers;
    return fetch(url, { ...init, headers });
  };
}

function refuse(error: Error): never {
  const why = error.message.replace(/\.?$/, '.');
  throw new CliError(
    Exit.badInput,
    'NO_CREDENTIALS',
    `There are no AWS credentials to sign the request with: ${why} Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with "aws sso login".`,
  );
}
