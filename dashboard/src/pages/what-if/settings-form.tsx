/** The fields of the page in groups. */
import type { Situation } from '../../../../daemon/advice/what-if.js';
import { SECOND_MS } from '../../../../daemon/units.js';
import type { TypedNumbers } from '../../../../daemon/wire/plan.js';
import type { Draft, DraftProblem, Source } from './draft.js';
import { CHANGE_FIELDS, HOST_FIELDS, LOAD_FIELDS, RANGE_FIELDS, type FieldKey, type FieldShape } from './fields.js';
import { FieldRow } from './field-row.js';

interface SettingsFormProps {
  readonly kind: Source['kind'];
  readonly draft: Draft;
  /** As it is, of a pool. */
  readonly now: Situation | null;
  /** What numbers are before anything is typed. */
  readonly defaults: TypedNumbers;
  readonly problems: readonly DraftProblem[];
  readonly onType: (key: FieldKey, text: string | null) => void;
  readonly onReuse: (reuse: boolean) => void;
}

export function SettingsForm(props: SettingsFormProps) {
  const { kind, draft, problems, onType, onReuse } = props;
  const group = (legend: string, shapes: readonly FieldShape[], more?: preact.ComponentChildren) => (
    <fieldset class="wi-group">
      <legend>{legend}</legend>
      {shapes.map((shape) => (
        <FieldRow
          key={shape.key}
          shape={shape}
          text={draft.texts[shape.key]}
          now={findNow(props, shape.key)}
          isTyped={kind === 'numbers' && shapes !== CHANGE_FIELDS}
          problem={problems.find((problem) => isAbout(problem, shape.key)) ?? null}
          onChange={onType}
        />
      ))}
      {more}
    </fieldset>
  );
  return (
    <form class="wi-form" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
      {group('Clients', CHANGE_FIELDS)}
      {group(kind === 'numbers' ? 'Load' : 'Load in its place', LOAD_FIELDS)}
      {group('Port range', RANGE_FIELDS)}
      {group('Host', HOST_FIELDS, <Reuse draft={draft} problems={problems} onReuse={onReuse} />)}
    </form>
  );
}

function Reuse({ draft, problems, onReuse }: Pick<SettingsFormProps, 'draft' | 'problems' | 'onReuse'>) {
  const problem = problems.find(({ field }) => field === 'reuse');
  const isWrong = problem !== undefined;
  return (
    <div class={`wi-check${draft.reuse ? ' is-changed' : ''}`}>
      <label>
        <input
          type="checkbox"
          checked={draft.reuse}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? 'wi-reuse-error' : undefined}
          onChange={(event) => onReuse(event.currentTarget.checked)}
        />{' '}
        connect() reuses TIME_WAIT ports (tcp_tw_reuse)
      </label>
      {isWrong && (
        <p id="wi-reuse-error" class="wi-error">
          Allowed: {problem.allowed}.
        </p>
      )}
    </div>
  );
}

function isAbout(problem: DraftProblem, key: FieldKey): boolean {
  if (problem.key !== undefined) return problem.key === key;
  return problem.field === (key === 'first' || key === 'last' ? 'ports' : key);
}

/** What holds where nothing is typed; null where it is not one number, as over the time of an incident. */
function findNow({ kind, now, defaults }: SettingsFormProps, key: FieldKey): number | null {
  if (key === 'sources' || key === 'requests') return 1;
  if (kind === 'incident' || (kind === 'pool' && now === null)) return null;
  const { ports, timeWaitMs, rate, live } =
    now === null ? defaults : { ports: now.ports, timeWaitMs: now.holdMs, rate: now.rate, live: now.live };
  switch (key) {
    case 'first':
      return ports?.[0] ?? null;
    case 'last':
      return ports?.[1] ?? null;
    case 'timeWaitMs':
      return timeWaitMs / SECOND_MS;
    case 'rate':
      return rate;
    case 'live':
      return live;
    case 'reserved':
      if (now === null) return defaults.reserved ?? 0;
      return ports === null ? null : ports[1] - ports[0] + 1 - now.capacity;
  }
}
