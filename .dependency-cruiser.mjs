import { readFileSync } from 'node:fs';

// Which folder may import which: the table of the architecture, one row a folder. A folder without a row is refused.
// test/gates/layers.test.ts proves that a planted violation of each kind is reported and that every module is read.

/**
 * `ours`: regular expressions of the paths a folder may import beside its own.
 * `packages`: the third-party packages it may name; undefined where it may name any that package.json declares.
 * `node`: whether it may use Node's built-in modules.
 */
const table = {
  // Pure functions: zod, and parsers and algorithms that do no I/O.
  engine: { ours: [], packages: ['zod', 'yaml', 'croner', 'jsonata'], node: false },
  ports: { ours: ['^engine/'], packages: ['zod'], node: false },
  scheduler: { ours: ['^engine/', '^ports/'], packages: [], node: false },
  http: { ours: ['^engine/', '^ports/', '^scheduler/'], packages: ['hono', '@hono/*', 'zod'], node: true },
  sdk: { ours: ['^engine/'], packages: [], node: false },
  actions: { ours: ['^engine/', '^ports/', '^sdk/'], packages: undefined, node: true },
  workers: {
    ours: ['^engine/', '^ports/', '^scheduler/', '^adapters/', '^actions/', '^http/contract/'],
    packages: undefined,
    node: true,
  },
  embedded: {
    ours: ['^engine/', '^ports/', '^scheduler/', '^adapters/', '^actions/', '^http/', '^workers/'],
    packages: [],
    node: true,
  },
  // Bundled: what they name of others travels with them.
  functions: {
    ours: ['^engine/', '^ports/', '^scheduler/', '^adapters/', '^actions/', '^http/'],
    packages: undefined,
    node: true,
  },
  // Of the adapters what tells how the table, the queues and the alarms are to be made: it is written once.
  infra: {
    ours: [
      '^engine/',
      '^ports/message\\.ts$',
      '^ports/blobs\\.ts$',
      '^ports/retention\\.ts$',
      '^adapters/dynamodb/table\\.ts$',
      '^adapters/sqs/queue-name\\.ts$',
      '^adapters/powertools/metric-names\\.ts$',
      '^functions/env\\.ts$',
      '^functions/[^/]+/env\\.ts$',
      '^workers/env\\.ts$',
    ],
    packages: ['aws-cdk-lib', 'constructs', 'cdk-nag', 'zod'],
    node: true,
  },
  bin: { ours: ['^cli/', '^embedded/', '^infra/', '^workers/'], packages: ['esbuild'], node: true },
  cli: {
    ours: ['^engine/', '^http/contract/'],
    // Of AWS what signs a request and finds a stack; loaded only for that.
    packages: [
      'commander',
      '@aws-sdk/client-cloudformation',
      '@aws-sdk/credential-provider-node',
      '@smithy/signature-v4',
    ],
    node: true,
  },
};

/** An adapter knows its own technology, and never another adapter. A technology without a row has no client. */
const clients = {
  dynamodb: ['@aws-sdk/client-dynamodb'],
  sqs: ['@aws-sdk/client-sqs'],
  s3: ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner'],
  ecs: ['@aws-sdk/client-ecs'],
  ec2: ['@aws-sdk/client-ec2'],
  eventbridge: ['@aws-sdk/client-eventbridge'],
  items: ['@aws-sdk/client-s3', 'hyparquet'],
  // Integrations load by name what is installed.
  integrations: ['@aws-sdk/*', '@smithy/*'],
  powertools: ['@aws-lambda-powertools/*'],
};

/** What proves, measures and explains may import anything, and nothing that ships may import it. */
const unbound = ['test', 'bench', 'examples', 'docs'];

/** Whose dependencies are bundled into what is shipped. */
const bundled = ['functions', 'adapters/powertools'];

/** Builds what is shipped, and is not. */
const builds = ['bin/bundle-functions'];

/** What a user of AWS installs beside the package, here for development. */
const { peerDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const optionalPeers = Object.keys(peerDependencies);

const anyPackage = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

function packagePath(name) {
  return `(^|/)node_modules/${name.replace('*', '[^/]+')}/`;
}

function rowRules(folder, { ours, packages, node }) {
  const from = { path: `^${folder}/` };
  const rules = [
    {
      name: `${folder}-imports-ours`,
      comment: `${folder}/ may import of ours: ${ours.join(' ') || 'nothing'}`,
      from,
      to: { dependencyTypes: ['local'], pathNot: [from.path, ...ours] },
    },
  ];
  if (packages !== undefined) {
    rules.push({
      name: `${folder}-imports-packages`,
      comment: `${folder}/ may import of others: ${packages.join(' ') || 'nothing'}`,
      from,
      to: { dependencyTypes: anyPackage, pathNot: packages.map(packagePath) },
    });
  }
  if (!node) {
    rules.push({
      name: `${folder}-imports-node`,
      comment: `${folder}/ reaches its surroundings through ports/, not through Node`,
      from,
      to: { dependencyTypes: ['core'] },
    });
  }
  return rules;
}

function clientRule([technology, packages]) {
  return {
    name: `adapter-${technology}-packages`,
    from: { path: `^adapters/${technology}/` },
    to: { dependencyTypes: anyPackage, pathNot: packages.map(packagePath) },
  };
}

const rules = [
  ...Object.entries(table).flatMap(([folder, row]) => rowRules(folder, row)),
  {
    name: 'adapters-imports-ours',
    comment: 'an adapter may import engine/ and ports/, and never another adapter',
    from: { path: '^adapters/([^/]+)/' },
    to: { dependencyTypes: ['local'], pathNot: ['^adapters/$1/', '^engine/', '^ports/'] },
  },
  { name: 'adapters-folder', comment: 'one folder a technology', from: { path: '^adapters/[^/]+$' }, to: {} },
  ...Object.entries(clients).map(clientRule),
  {
    name: 'adapter-without-client',
    comment: 'an adapter whose row names no client uses none',
    from: { path: '^adapters/', pathNot: Object.keys(clients).map((technology) => `^adapters/${technology}/`) },
    to: { dependencyTypes: anyPackage },
  },
  {
    name: 'contract-imports-ours',
    comment: 'what clients may see leads to nothing that they may not',
    from: { path: '^http/contract/' },
    to: { dependencyTypes: ['local'], pathNot: ['^http/contract/', '^engine/'] },
  },
  {
    name: 'folder-without-row',
    comment: 'a new folder gets a row in the table above first',
    from: { path: `^(?!(?:${[...Object.keys(table), 'adapters', ...unbound].join('|')})/)[^/]+/` },
    to: {},
  },
  {
    name: 'ships-without-development-tools',
    from: { path: '^', pathNot: [`^(${[...unbound, ...bundled].join('|')})/`, `^(${builds.join('|')})[.]`, '^[^/]+$'] },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: optionalPeers.map(packagePath) },
  },
  {
    name: 'unresolvable',
    comment: 'what is not found is not checked; of aws-lambda there are types alone',
    from: {},
    to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
  },
  {
    name: 'cycle',
    comment: 'modules that need each other at run time are one module; types may refer to each other',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
];

export default {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    // TypeScript 7 has no API to parse with: with it dependency-cruiser would read 0 modules and pass. Its other parser, swc,
    // does not know `using` and misses import('…') types; hence TypeScript 6.
    parser: 'tsc',
    // An import of a type is an import: it names another layer too.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|cdk[.]out|[.]flowbeat)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mts', '.mjs', '.js', '.json'],
    },
  },
};
