/** What the what-if is about: typed numbers, a live pool, or a stored incident. */
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { MINUTE_MS } from '../../../../daemon/units.js';
import { fetchIncidents } from '../../state/incident-api.js';
import type { Incident } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { usePoll } from '../../state/use-poll.js';
import { formatInstant, formatPoolTitle, parseInstant } from '../../words/format.js';
import type { Source } from './draft.js';

interface SourceChoiceProps {
  readonly source: Source;
  readonly pools: readonly WirePool[];
  readonly onChoose: (source: Source) => void;
}

const NUMBERS = 'numbers';

export function SourceChoice({ source, pools, onChoose }: SourceChoiceProps) {
  const load = usePoll({
    key: 'what-if incidents',
    request: (signal) => fetchIncidents(null, signal),
    everyMs: MINUTE_MS,
  });
  const list = load.value === null ? [] : [...load.value.open, ...load.value.quiet, ...load.value.resolved];
  const selected = source.kind === 'numbers' ? NUMBERS : `${source.kind}:${source.id}`;
  const isKnown =
    source.kind === 'numbers' ||
    (source.kind === 'pool' ? pools : list).some(({ id }: { id: string }) => id === source.id);
  const choose = (value: string): void => {
    const [kind, id] = [value.slice(0, value.indexOf(':')), value.slice(value.indexOf(':') + 1)];
    onChoose(kind === 'pool' || kind === 'incident' ? { kind, id } : { kind: 'numbers' });
  };
  return (
    <label class="wi-source">
      <span>What if, for</span>
      <select value={selected} onChange={(event) => choose(event.currentTarget.value)}>
        <option value={NUMBERS}>Typed numbers</option>
        {source.kind !== 'numbers' && !isKnown && <option value={selected}>{source.id}</option>}
        {pools.length > 0 && (
          <optgroup label="A pool, from now on">
            {pools.map((pool) => (
              <option key={pool.id} value={`pool:${pool.id}`}>
                {formatPoolTitle(pool)} from {pool.localAddress}
              </option>
            ))}
          </optgroup>
        )}
        {list.length > 0 && (
          <optgroup label="A stored incident">
            {list.map((incident) => (
              <option key={incident.id} value={`incident:${incident.id}`}>
                {nameIncident(incident)}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}

function nameIncident({ openedAt, summary }: Incident): string {
  const openedMs = parseInstant(openedAt);
  return `${openedMs === null ? openedAt : formatInstant(openedMs, hostNowMs.peek())}: ${summary}`;
}
