/** Small parts that every view uses. */
import type { ComponentChildren } from 'preact';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { formatCount, formatPercent } from '../../../daemon/units.js';
import { formatInstant, formatUtc } from '../words/format.js';
import { hostNowMs } from '../state/live.js';
import type { SortState } from '../state/sort.js';
import type { Figure, Tone } from '../words/headline.js';
import { Icon, type IconName } from './icon.js';

/** An instant in the viewer's zone, with UTC in its title. */
export function Instant({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatUtc(ms)}>
      {formatInstant(ms, hostNowMs.value)}
    </time>
  );
}

const MODE_SIGNS: Record<WirePool['mode'], { sign: IconName; tone: Tone; help: string }> = {
  idle: { sign: 'ring', tone: 'unknown', help: 'No closes, no growth.' },
  steady: { sign: 'level', tone: 'calm', help: 'The close rate fits: it never runs out at this rate.' },
  churn: { sign: 'churn', tone: 'warning', help: 'Closes fill it with TIME_WAIT faster than ports come free.' },
  leak: { sign: 'rise', tone: 'warning', help: 'Connections are opened and kept: held ports only grow.' },
  exhausted: { sign: 'cross', tone: 'critical', help: 'No port is available.' },
};

export function ModeBadge({ mode }: { mode: WirePool['mode'] }) {
  const known = MODE_SIGNS[mode] as (typeof MODE_SIGNS)[WirePool['mode']] | undefined;
  return (
    <span class={`badge tone-${known?.tone ?? 'unknown'}`} title={known?.help}>
      <Icon name={known?.sign ?? 'question'} />
      {mode}
    </span>
  );
}

const share = (part: number, whole: number): string => `${Math.min(100, whole > 0 ? (100 * part) / whole : 0)}%`;

/** Ports held by live and by TIME_WAIT within the capacity, and a needle where the pool will settle. */
export function UseBar({ pool }: { pool: WirePool }) {
  const settles = pool.pressure === null ? '' : `, settles at ${formatPercent(pool.pressure)}`;
  const text = `${formatCount(pool.live)} live and ${formatCount(pool.timeWait)} in TIME_WAIT of ${formatCount(pool.capacity)} ports${settles}`;
  return (
    <span class="use-bar" role="img" aria-label={text} title={text}>
      {pool.live > 0 && <span class="use-live" style={{ width: share(pool.live, pool.capacity) }} />}
      {pool.timeWait > 0 && <span class="use-time-wait" style={{ width: share(pool.timeWait, pool.capacity) }} />}
      {pool.pressure !== null && (
        <span
          class={pool.pressure >= 1 ? 'use-needle is-over' : 'use-needle'}
          style={{ left: share(pool.pressure, 1) }}
        />
      )}
    </span>
  );
}

interface SortHeadProps<K extends string> {
  readonly name: K;
  readonly sort: SortState<K> | null;
  readonly onSort: (key: K) => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A column header that sorts. */
export function SortHead<K extends string>({ name, sort, onSort, class: className, children }: SortHeadProps<K>) {
  const active = sort?.key === name;
  return (
    <th scope="col" class={className} aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" class="sort-head" onClick={() => onSort(name)}>
        {children}
        <span class="sort-sign" aria-hidden="true">
          {active && <Icon name={sort.descending ? 'down' : 'up'} />}
        </span>
      </button>
    </th>
  );
}

interface SectionProps {
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly class?: string;
  readonly testId?: string;
  readonly children: ComponentChildren;
}

/** A section of the page: title, a note of what is shown, tools. */
export function Section({ id, title, note, tools, class: className, testId, children }: SectionProps) {
  return (
    <section id={id} class={`section ${className ?? ''}`} aria-labelledby={`${id}-title`} data-testid={testId}>
      <div class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <span class="section-note muted">{note}</span>
        {tools !== undefined && <div class="section-tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}

/** Key figures side by side; what each means is in its title. */
export function FigureRow({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, of, help }) => (
        <div key={name} title={help}>
          <dt>{name}</dt>
          <dd>
            <span class="figure">{value}</span> {of !== null && <span class="muted">{of}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface FilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

export function Filter({ label, placeholder, query, onQuery }: FilterProps) {
  return (
    <label class="filter">
      <span class="sr-only">{label}</span>
      <input
        type="search"
        placeholder={placeholder}
        value={query}
        onInput={(event) => onQuery(event.currentTarget.value)}
      />
    </label>
  );
}

interface MoreProps {
  readonly count: number;
  readonly few: number;
  readonly all: boolean;
  readonly onAll: (all: boolean) => void;
}

/** Shows the rest of a long list; nothing where the list is short. */
export function More({ count, few, all, onAll }: MoreProps) {
  if (count <= few) return null;
  return (
    <button type="button" class="link-button more" onClick={() => onAll(!all)} aria-expanded={all}>
      {all ? `Show the first ${few}` : `Show all ${count}`}
    </button>
  );
}

/** What a view says when it has nothing to show. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty muted">{children}</p>;
}
