/** The contracts of when the socket table is read: the budget for full dumps, and the glances between two beats. */
import type { CycleView } from './contracts.js';

interface DueInput {
  readonly nowMs: number;
  /** Whether a counter of the kernel changed since the last dump; true on systems without counters. */
  readonly changed: boolean;
  /** Whether a pool matters (`isNotable`): the busy budget applies then. */
  readonly busy: boolean;
}
export interface BudgetView {
  /** Share of one core that dumps took over the last minutes, and the share that they may take now. */
  readonly share: number;
  readonly allowed: number;
  /** Expected time between two dumps in ms, at the mean cost of the last minutes. */
  readonly intervalMs: number;
  /** Set while the budget delays dumps that are due, and for a minute after, so that the notice does not flicker. */
  readonly slowed: boolean;
  readonly lastCostMs: number | null;
}
/** Decides whether a full dump may be taken, so that dumps stay within their share of a core. */
export interface DumpBudget {
  /** To be asked at each beat: whether a full dump is due. */
  due(input: DueInput): boolean;
  /** Whether a dump between two beats can be paid from the busy budget, with the one of the next beat still to be paid. */
  allowsLook(nowMs: number): boolean;
  /** Books the cost of a dump: CPU ms of the worker and of the main thread together. */
  spent(costMs: number): void;
  view(): BudgetView;
}

/** Reads the counters that cost some microseconds, however many sockets there are. Null where they cannot be read. */
export interface GlanceReader {
  /** How many sockets hold a port, or could hold one: live connections and TIME_WAIT of both families, inbound ones too. */
  readHeldPorts(): number | null;
  /** Connections that this host has opened since its boot, to any destination. */
  readActiveOpens(): number | null;
  close(): void;
}
export interface LookoutStats {
  /** How often the counters were read between two beats, and how often that led to a full dump. */
  readonly glances: number;
  readonly looks: number;
}
/** Decides between two beats whether the socket table must be read at once. */
export interface Lookout {
  /** Takes what a cycle found. */
  note(view: CycleView): void;
  /** One glance at the counters. True when a full dump must be taken now; the budget has then been asked. */
  mustLook(): boolean;
  stats(): LookoutStats;
}
