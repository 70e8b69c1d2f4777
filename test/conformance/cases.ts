/** The recorded cases, as far as this version's language goes. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Json } from '#engine/json';

/** Where the cases lie, beside the repository; they are data to test against and no part of the product. */
export const casesFile = fileURLToPath(new URL('../../../shared/asl-conformance/cases.json', import.meta.url));

/** One Task call as it was recorded. */
export interface Replayed {
  readonly state: string;
  readonly parameters: Json;
  readonly result: {
    readonly output?: Json;
    readonly type?: string;
    readonly error?: string | null;
    readonly cause?: Json;
  };
}

/** One recorded event of a history, in short. */
export interface RecordedEvent {
  readonly type: string;
  readonly name?: string;
  readonly error?: string | null;
  readonly cause?: Json;
}

/** One recorded case. */
export interface Case {
  readonly id: string;
  readonly class: string;
  /** Whether AWS itself gave the answer. */
  readonly validatedOnAws: boolean;
  readonly features: readonly string[];
  readonly machineType: 'STANDARD' | 'EXPRESS';
  readonly definition: Json;
  readonly input: Json;
  /** The arguments of a `TestState` call. */
  readonly call?: { readonly [argument: string]: Json };
  readonly expected: {
    readonly status: string;
    readonly output?: Json;
    readonly error?: string | null;
    readonly cause?: Json;
    /** What ValidateStateMachineDefinition answered. */
    readonly diagnostics?: Json;
    readonly stateSequence?: readonly string[];
    readonly ordered?: boolean;
    readonly events?: readonly RecordedEvent[];
  };
  /** What the case's buckets held. Only the keys are those that the case reads: names of buckets were redacted. */
  readonly s3?: readonly { readonly Key: string; readonly Body: string }[];
  readonly taskReplay?: readonly Replayed[];
  readonly exact: boolean;
  readonly placeholders: readonly string[];
}

/** True where the recorded cases are at hand. */
export const haveCases = existsSync(casesFile);

/** All recorded cases of a file; by default of the one beside the repository, none where that is missing. */
export const readCases = (file?: string): readonly Case[] =>
  file !== undefined || haveCases ? (JSON.parse(readFileSync(file ?? casesFile, 'utf8')) as Case[]) : [];
