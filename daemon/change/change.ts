/**
 * One observed change: a setting of the host that limits its ports was changed, or a pool began to behave differently for
 * good. Plain JSON data: it is stored, and what it shows grows until its time after the change is over.
 */

export type ChangeKind = 'setting' | 'behaviour';

/** The figures of a pool that are compared, and in which a lasting shift is looked for. */
export type Quantity = 'closeRate' | 'live' | 'pressure' | 'growth';

/** What a pool showed over a span of time. Means are weighted by time. */
export interface Figures {
  /** For how long the pool was observed within the span. */
  readonly seenMs: number;
  /** Closes per second; null where they were not known. */
  readonly closeRate: number | null;
  /** No port was free for most of the time, so that only the least demand is known. */
  readonly rateAtLeast: boolean;
  readonly used: number;
  readonly usedMax: number;
  readonly live: number;
  /** At the end of the span. */
  readonly capacity: number;
  readonly pressure: number | null;
  /** The mean probability of an exhaustion within 10 minutes; null where no forecast is known. */
  readonly probability: number | null;
  /** The newest forecast of the span, in epoch ms; null where none was foreseen. */
  readonly exhaustsAtMs: number | null;
  /** Calls that failed because no port was free; null where they were not counted. */
  readonly failed: number | null;
}

export interface PoolComparison {
  readonly poolId: string;
  /** `10.0.0.2:443`, or `bound ports of 10.0.0.1`. */
  readonly name: string;
  /** Null where nothing is known of the time before. */
  readonly before: Figures | null;
  /** Null until something was seen after the change. */
  readonly after: Figures | null;
}

/** Values as the kernel writes them. */
export interface SettingChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Medians of the minutes before and after. `closeRate` per second, `live` in ports, `growth` in ports per minute. */
export interface Shift {
  readonly quantity: Quantity;
  readonly from: number;
  readonly to: number;
}

export interface Change {
  readonly id: string;
  readonly kind: ChangeKind;
  /** The sample that first showed a changed setting; the minute in which the behaviour of a pool changed. */
  readonly atMs: number;
  /** The last sample before it, where that was much earlier: it changed at some instant between the two. */
  readonly notBeforeMs: number | null;
  /** For `setting`, all that changed together. */
  readonly settings: readonly SettingChange[];
  /** For `behaviour`, the greatest shift first. */
  readonly shifts: readonly Shift[];
  /** The pools that matter, the one that changed most first. */
  readonly pools: readonly PoolComparison[];
  /** How often the settings were changed within this record: changes that follow one another at once are one record. */
  readonly times: number;
  /** How long the time before is at most, and how long the time after shall be. */
  readonly beforeSpanMs: number;
  readonly afterSpanMs: number;
  /** How long after the change the time after begins: until then ports are held by connections closed before it. */
  readonly settleMs: number;
  /** False while the time after goes on. */
  readonly isOver: boolean;
}

/** A setting as it was last seen. */
export interface StoredSetting {
  readonly name: string;
  readonly value: string;
  /** The sample that first showed this value; null where the value is as old as what portcast knows of the setting. */
  readonly sinceMs: number | null;
  /** The last sample with the value before, where that was much earlier. */
  readonly notBeforeMs: number | null;
  /** When portcast first saw the setting. */
  readonly firstSeenMs: number;
}

/** What is stored of changes, as far as the daemon needs it at its start. */
export interface StoredChanges {
  readonly settings: readonly StoredSetting[];
  /** The newest changes, oldest first; those that are not over are among them. */
  readonly changes: readonly Change[];
  /** The newest sample that is stored; null where there is none. */
  readonly lastAtMs: number | null;
}

export const NOTHING_STORED: StoredChanges = { settings: [], changes: [], lastAtMs: null };

/** What one sample showed: records to store, new ones and newer states of earlier ones. */
export interface ChangeOutcome {
  readonly changes: readonly Change[];
  readonly settings: readonly StoredSetting[];
}

export const NOTHING_CHANGED: ChangeOutcome = { changes: [], settings: [] };

/** An id that is unique also where the clock was set back to an instant that has been before. */
export function createId(atMs: number, taken: ReadonlySet<string>): string {
  const base = `c${Math.round(atMs).toString(36)}`;
  for (let n = 0; ; n += 1) {
    const id = n === 0 ? base : `${base}-${n}`;
    if (!taken.has(id)) return id;
  }
}
