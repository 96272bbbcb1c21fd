/** The data for the pages of one pool and of one port series. */
import type { WireMarks, WirePoolNow, WirePoolScore } from '../wire/pool-page.js';
import type { WireFoundPort, WirePortEnds } from '../wire/port-page.js';
import type { WireSchedule } from '../wire/schedule.js';

export interface MarksQuery {
  readonly poolId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The largest number of alerts. */
  readonly limit: number;
}

export interface PageData {
  /** The pool now, or what is stored of it; null where there never was such a pool. */
  pool(id: string): WirePoolNow | null;
  /** Null where the latest sample does not have the pool. */
  schedule(id: string): WireSchedule | null;
  /** The score with the newest `limit` warnings. */
  poolScore(id: string, limit: number): WirePoolScore;
  marks(query: MarksQuery): WireMarks;
  /** At most `limit` series of one port number, those of the latest sample first. */
  findPorts(port: number, limit: number): WireFoundPort[];
  /** Whether the latest sample has the series. */
  hasPort(id: string): boolean;
  /** The other ends of a series of the latest sample; null where no dump counted them in time. */
  portEnds(id: string, limit: number): Promise<WirePortEnds | null>;
}
