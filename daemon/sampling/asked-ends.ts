/**
 * The port series whose other ends somebody asked for. They are counted with the next dumps, so that a request never
 * reads the socket table by itself; when nobody asks any more, counting ends.
 */
import type { Clock, TableReader, TableReading } from '../contracts.js';
import { countOutboundEnds, type SampledEnds } from '../snapshot/port-ends.js';
import type { PortSeriesSample } from '../snapshot/port-series.js';
import { SECOND_MS } from '../units.js';

/** A series is counted for so long after it was last asked for. */
const ASKED_FOR_MS = 30 * SECOND_MS;
/** At most so many series at a time; the one that was asked for longest ago makes room. */
const MAX_ASKED = 8;

type AskedSeries = Pick<PortSeriesSample, 'id' | 'direction' | 'address' | 'port'>;

export interface AskedEnds {
  /**
   * The ends as of the newest dump that counted them; waits for the next dump where none did yet. Null where none came
   * within `timeoutMs`.
   */
  find(series: AskedSeries, timeoutMs: number): Promise<SampledEnds | null>;
  /** The same reader, whose dumps count the ends that are asked for. */
  watch(reader: TableReader): TableReader;
}

interface Asked {
  readonly series: AskedSeries;
  untilMs: number;
  found: SampledEnds | null;
}

export function createAskedEnds(clock: Pick<Clock, 'monotonicMs'>): AskedEnds {
  const asked = new Map<string, Asked>();
  const waiting = new Set<() => void>();

  const forgetOld = (): void => {
    for (const [id, { untilMs }] of asked) if (untilMs <= clock.monotonicMs()) asked.delete(id);
    for (const id of [...asked.keys()].slice(0, -MAX_ASKED)) asked.delete(id);
  };
  const note = ({ snapshot, ends = [] }: TableReading): void => {
    const sampledAtMs = Math.round(snapshot.takenAtMs);
    for (const each of asked.values()) {
      const { direction, address, port } = each.series;
      const counted =
        direction === 'out'
          ? countOutboundEnds(snapshot, { address: address ?? '', port })
          : ends.find((end) => end.port === port);
      if (counted !== undefined) each.found = { sampledAtMs, ends: counted.ends, others: counted.others };
    }
    for (const wake of [...waiting]) wake();
  };
  return {
    async find(series, timeoutMs) {
      const known = asked.get(series.id);
      const isFresh = known !== undefined && known.untilMs > clock.monotonicMs();
      const entry: Asked = isFresh ? known : { series, untilMs: 0, found: null };
      asked.delete(series.id);
      entry.untilMs = clock.monotonicMs() + ASKED_FOR_MS;
      asked.set(series.id, entry);
      forgetOld();
      if (entry.found === null) await waitForDump(() => entry.found !== null, waiting, timeoutMs);
      return entry.found;
    },
    watch: (reader) => ({
      async readTable() {
        forgetOld();
        const ports = [...asked.values()]
          .filter(({ series }) => series.direction === 'in')
          .map(({ series }) => series.port);
        const reading = await reader.readTable(ports);
        if (asked.size > 0) note(reading);
        return reading;
      },
    }),
  };
}

/** Resolves once `isDone` holds after a dump, or after the time. */
function waitForDump(isDone: () => boolean, waiting: Set<() => void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      waiting.delete(wake);
      resolve();
    };
    const wake = (): void => {
      if (isDone()) end();
    };
    const timer = setTimeout(end, timeoutMs);
    waiting.add(wake);
  });
}
