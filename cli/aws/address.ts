/** What a request to AWS is signed for. */
export interface Scope {
  readonly service: 'execute-api' | 'lambda';
  readonly region: string;
}

const API_GATEWAY = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;
/** As MiniStack names it: few name servers know names below `localhost`. */
const EMULATED = /\.execute-api\.localhost$/;
const FUNCTION_URL = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;

/** The scope that an address names by itself: those of API Gateway and of function URLs do. */
export function scopeOf(server: string): Scope | undefined {
  const { hostname } = new URL(server);
  const gateway = API_GATEWAY.exec(hostname)?.[1];
  if (gateway !== undefined) return { service: 'execute-api', region: gateway };
  const functionUrl = FUNCTION_URL.exec(hostname)?.[1];
  return functionUrl === undefined ? undefined : { service: 'lambda', region: functionUrl };
}

/**
 * Where an emulator of AWS serves an API whose stack names its address on AWS. Without an emulator the address itself. LocalStack and MiniStack have the
 * same path for it.
 */
export function emulated(server: string, endpoint: string | undefined): string {
  const { hostname, pathname } = new URL(server);
  if (!endpoint || !(API_GATEWAY.test(hostname) || EMULATED.test(hostname))) return server;
  const [api] = hostname.split('.');
  const stage = pathname.replaceAll('/', '') || '$default';
  return `${endpoint.replace(/\/+$/, '')}/_aws/execute-api/${api}/${stage}`;
}
