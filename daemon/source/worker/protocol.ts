/** The messages between the main thread and the source worker. */
import type { OwnerSearch } from '../../alert/alert.js';
import type { HostReading, OwnerQuery, SourceChoice, TableReading } from '../../contracts.js';
import type { ErrorCode } from '../../errors.js';
import type { Granularity } from '../../host/release-granularity.js';
import type { ChooseOptions } from '../choose.js';

/** The data that a worker is started with: the requested source, and what the worker before it had learned. */
export interface WorkerStart extends Pick<ChooseOptions, 'source' | 'procRoot' | 'avoid'> {
  readonly namespace: string;
  readonly granularity: Granularity | null;
  readonly listeners: { readonly ports: Uint16Array; readonly monotonicMs: number } | null;
}

export type WorkerCall =
  | { readonly call: 'readHost' }
  | { readonly call: 'readTable'; readonly askedPorts?: readonly number[] }
  | { readonly call: 'findOwners'; readonly queries: readonly OwnerQuery[] };

export interface CallResults {
  readHost: HostReading;
  readTable: TableReading;
  findOwners: OwnerSearch;
}

export type ToWorker = { readonly id: number; readonly request: WorkerCall } | 'stop';

/** A PortcastError in a form that survives the structured clone of a message. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

export type FromWorker =
  | { readonly kind: 'ready'; readonly choice: SourceChoice }
  | { readonly kind: 'unavailable'; readonly error: WireError }
  | { readonly kind: 'result'; readonly id: number; readonly value: CallResults[keyof CallResults] }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError };
