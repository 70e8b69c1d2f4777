import type { Host } from '#ports/host';

/** Where EC2 answers; and how long its token is good for, in seconds. */
const ENDPOINT = 'http://169.254.169.254';
const TOKEN_S = 21_600;
/** A link-local answer takes a few milliseconds; what takes longer is not there. */
const TIMEOUT_MS = 800;

/** What is read of the environment. */
export interface InstanceEnvironment {
  readonly AWS_EC2_METADATA_SERVICE_ENDPOINT?: string | undefined;
  readonly AWS_EC2_METADATA_DISABLED?: string | undefined;
}

/**
 * The instance that this process runs on, by IMDSv2 (a token, then what it opens; docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html);
 * undefined where none answers in time. In a container the instance must allow two hops, or nothing answers.
 */
export async function readInstance(env: InstanceEnvironment): Promise<Host | undefined> {
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true') return undefined;
  const metadata = new InstanceMetadata(env.AWS_EC2_METADATA_SERVICE_ENDPOINT || ENDPOINT);
  try {
    const [instanceId, zone, lifeCycle, address] = await Promise.all([
      metadata.get('instance-id'),
      metadata.get('placement/availability-zone'),
      metadata.get('instance-life-cycle'),
      metadata.get('local-ipv4'),
    ]);
    if (instanceId === undefined) return undefined;
    return {
      platform: {
        instanceId,
        ...(zone !== undefined && { zone }),
        ...(lifeCycle !== undefined && { lifeCycle: lifeCycle === 'spot' ? 'spot' : 'onDemand' }),
        ...(address !== undefined && { address }),
      },
      leaving: () => leaving(metadata),
      // EC2 recommends it of Spot instances alone.
      ...(lifeCycle === 'spot' && { atRisk: () => atRisk(metadata) }),
    };
  } catch {
    return undefined;
  }
}

/** Of a Spot instance, the notice of two minutes. */
async function leaving(metadata: InstanceMetadata): Promise<string | undefined> {
  const notice = await metadata.get('spot/instance-action');
  if (notice === undefined) return undefined;
  const { action, time } = JSON.parse(notice) as Record<string, unknown>;
  return `EC2 will ${action} this Spot instance at ${time}.`;
}

/** That this Spot instance is more likely than others to be taken back: often before its notice, and sometimes without one following. */
async function atRisk(metadata: InstanceMetadata): Promise<string | undefined> {
  const recommended = await metadata.get('events/recommendations/rebalance');
  if (recommended === undefined) return undefined;
  const { noticeTime } = JSON.parse(recommended) as Record<string, unknown>;
  return `EC2 recommends since ${noticeTime} to leave this Spot instance, which it is likely to take back.`;
}

/** One instance's metadata. The token is fetched once, and again where it is refused. */
class InstanceMetadata {
  readonly #endpoint: string;
  #token: Promise<string> | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint.replace(/\/$/, '');
  }

  /** Undefined where the instance has no such thing. */
  async get(path: string, again = true): Promise<string | undefined> {
    this.#token ??= this.#fetchToken();
    const token = await this.#token.catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    const response = await fetch(`${this.#endpoint}/latest/meta-data/${path}`, {
      headers: { 'X-aws-ec2-metadata-token': token },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok) return text;
    if (response.status === 404) return undefined;
    if (response.status !== 401 || !again) throw new Error(`EC2's metadata answered ${response.status} to ${path}.`);
    this.#token = undefined;
    return this.get(path, false);
  }

  async #fetchToken(): Promise<string> {
    const response = await fetch(`${this.#endpoint}/latest/api/token`, {
      method: 'PUT',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_S) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`EC2's metadata answered ${response.status} to the wish for a token.`);
    return text;
  }
}
