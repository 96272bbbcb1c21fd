/** Reads what is stored of single series by their names: who they are, and when they were last seen. */
import type { PortSeriesSample } from '../../snapshot/port-series.js';
import type { StoredPool } from '../../contracts.js';
import type { Connection } from '../database.js';
import { isPort, parseIdentity } from './identity.js';
import { KIND, type Kind } from './series-kinds.js';
import { parsePool } from './stored-pools.js';
import type { SeriesEnd, TierReader } from './tier-reader.js';

interface LastSeen {
  /** Null where no sample that shows it is stored any more. */
  readonly end: SeriesEnd | null;
}
type StoredPort = Omit<PortSeriesSample, 'states'>;

export interface StoredSeries {
  /** Null where no such pool was ever stored. */
  pool(id: string): (StoredPool & LastSeen) | null;
  /** At most `limit` series of one port number, inbound and outbound. */
  ports(port: number, limit: number): (StoredPort & LastSeen)[];
}

/** Its methods raise what SQLite raises. */
export function createStoredSeriesReader(db: Connection, tiers: TierReader): StoredSeries {
  const identityOf = db
    .prepare<[number, string], string>('SELECT identity FROM series WHERE kind = ? AND name = ?')
    .pluck();
  // The names of all port series are compared, in their index; the identity is read only where the name fits.
  const withSuffix = db.prepare<[number, string, number], { name: string; identity: string }>(
    'SELECT name, identity FROM series WHERE kind = ? AND name GLOB ? LIMIT ?',
  );
  const findEnd = (kind: Kind, name: string): SeriesEnd | null => tiers.findSeries(kind, name)?.findEnd() ?? null;
  return {
    pool(id) {
      const identity = identityOf.get(KIND.pool, id);
      const pool = identity === undefined ? null : parsePool(id, identity);
      return pool === null ? null : { ...pool, end: findEnd(KIND.pool, id) };
    },
    ports: (port, limit) =>
      withSuffix.all(KIND.port, `*_${port}`, limit).flatMap(({ name, identity }) => {
        const series = parsePort(name, identity);
        return series === null ? [] : [{ ...series, end: findEnd(KIND.port, name) }];
      }),
  };
}

/** Null where the text is no identity of a port series. */
function parsePort(id: string, identity: string): StoredPort | null {
  const { direction, namespace, address, port } = parseIdentity(identity) ?? {};
  const isRight =
    (direction === 'in' || direction === 'out') &&
    typeof namespace === 'string' &&
    (address === null || typeof address === 'string') &&
    isPort(port);
  return isRight ? ({ id, direction, namespace, address, port } as StoredPort) : null;
}
