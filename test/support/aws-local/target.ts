/** Where the installation is deployed to. */
export interface Target {
  /** An emulator's address; AWS itself where absent. */
  readonly endpoint?: string;
  /** The account; an emulator's is twelve zeros. */
  readonly account: string;
  readonly region: string;
}

/** The account that emulators show. */
export const EMULATED_ACCOUNT = '000000000000';

/** What the AWS SDK, the AWS CLI and CDK read of where they are; an emulator takes any credentials, and is given none that are real. */
export function environmentOf({ endpoint, region }: Target): NodeJS.ProcessEnv {
  if (endpoint === undefined) return { ...process.env, AWS_REGION: region };
  const { AWS_PROFILE: _, AWS_SESSION_TOKEN: _token, ...own } = process.env;
  return { ...own, ...settingsOf(endpoint, region) };
}

/** The variables by which every client finds an emulator. */
export const settingsOf = (endpoint: string, region: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  // CDK names buckets in the host's name unless told so, and no name server knows those of an emulator.
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});
