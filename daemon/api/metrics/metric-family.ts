/** A metric family as plain data, before prom-client writes it as text. */

/** Families with one series per pool or port list this many of them; the rest is summed into one named `other`. */
export const MAX_LABELLED = 50;

export interface MetricPoint {
  readonly labels: Readonly<Record<string, string>>;
  /** Null means unknown: the point is left out of the scrape. */
  readonly value: number | null;
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly points: readonly MetricPoint[];
}

/** A gauge without labels. */
export function createGauge(name: string, help: string, value: number | null): MetricFamily {
  return { name, help, type: 'gauge', points: [{ labels: {}, value }] };
}

export function createLabelledGauge(name: string, help: string, points: readonly MetricPoint[]): MetricFamily {
  return { name, help, type: 'gauge', points };
}

/** A counter without labels. */
export function createCounter(name: string, help: string, value: number | null): MetricFamily {
  return { name, help, type: 'counter', points: [{ labels: {}, value }] };
}
