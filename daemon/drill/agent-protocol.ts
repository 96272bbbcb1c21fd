/** The messages between a drill and its agent, the process that is inside the namespace where ports run out. */
import type { OwnerSearch } from '../alert/alert.js';
import type { HostReading, OwnerQuery, TableReading } from '../contracts.js';

export interface AgentCalls {
  readHost: HostReading;
  readTable: TableReading;
  findOwners: OwnerSearch;
  burn: null;
  stopBurning: null;
}

export type AgentCall =
  | { readonly call: 'readHost' | 'readTable' | 'burn' | 'stopBurning' }
  | { readonly call: 'findOwners'; readonly queries: readonly OwnerQuery[] };

export type ToAgent = { readonly id: number } & AgentCall;

export type FromAgent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly value: AgentCalls[keyof AgentCalls] }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }
  /** The agent cannot begin. */
  | { readonly kind: 'unable'; readonly message: string }
  /** The first connect that found no port; epoch ms. */
  | { readonly kind: 'failed'; readonly atMs: number };

/** The environment variable with the namespace in which the agent must not burn ports: that of the host. */
export const HOST_NAMESPACE_VARIABLE = 'PORTCAST_DRILL_HOST_NAMESPACE';
