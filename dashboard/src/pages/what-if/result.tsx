/** The result: one sentence, the figures as it is and with the settings, both lines, and what is assumed. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Settings, Situation } from '../../../../daemon/advice/what-if.js';
import { compareWith, type Outcome } from '../../../../daemon/advice/what-if-course.js';
import { listNotes } from '../../../../daemon/advice/what-if-notes.js';
import { writeComparison } from '../../../../daemon/advice/what-if-sentence.js';
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../../../../daemon/units.js';
import type { WireCourse, WireIncidentPlan } from '../../../../daemon/wire/plan-incident.js';
import { DataTable } from '../../parts/data-table.js';
import { hostNowMs } from '../../state/live.js';
import { formatInstant, parseInstant } from '../../words/format.js';
import { ResultChart } from './result-chart.js';

/** A screen reader hears the result when it has stood still for so long, not while a slider moves. */
const QUIET_MS = 700;

/** Computed here, at once. */
export function ComputedResult({ now, settings }: { now: Situation; settings: Settings }) {
  const compared = useMemo(() => compareWith(now, settings), [now, settings]);
  const startMs = useMemo(() => hostNowMs.peek(), [compared]);
  const { asIs, changed, lines } = compared;
  const stepMs = lines.stepSeconds * SECOND_MS;
  const chart = useMemo(
    () => ({
      t: lines.asIs.map((_, index) => startMs + index * stepMs),
      asIs: [...lines.asIs],
      changed: [...lines.changed],
      capacities: [asIs.capacity, changed.capacity] as const,
      isPast: false,
    }),
    [compared],
  );
  return (
    <>
      <Sentence text={writeComparison(now, settings, compared)} isBad={changed.secondsToExhaustion !== null} />
      <Figures asIs={asIs} changed={changed} />
      <ResultChart lines={chart} />
      <Notes notes={listNotes(now, settings)} />
    </>
  );
}

/** Computed by the daemon from its history. */
export function StoredResult({ plan, isLoading }: { plan: WireIncidentPlan; isLoading: boolean }) {
  const { pools, lines, sentence, notes, poolsLeftOut } = plan;
  const [worst] = pools;
  const chart = useMemo(
    () =>
      worst && {
        ...lines,
        capacities: [worst.asIs.capacity, worst.changed.capacity] as const,
        isPast: true,
      },
    [plan],
  );
  return (
    <div class={isLoading ? 'is-stale' : ''} aria-busy={isLoading}>
      <Sentence text={sentence} isBad={worst !== undefined && worst.changed.outAt !== null} />
      {pools.length > 0 && (
        <DataTable
          caption="As it was and with the settings"
          columns={['Pool', 'As it was', 'With the settings']}
          rows={pools.map(({ id, name, asIs, changed, isLeast }) => ({
            key: id,
            cells: [name, formatCourse(asIs), formatCourse(changed, isLeast)],
          }))}
          testId="what-if-figures"
        />
      )}
      {poolsLeftOut > 0 && (
        <p class="muted">{formatCount(poolsLeftOut)} more pools of the incident are not replayed.</p>
      )}
      {chart !== undefined && <ResultChart lines={chart} />}
      <Notes notes={notes} />
    </div>
  );
}

function Sentence({ text, isBad }: { text: string; isBad: boolean }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <>
      <p class={`wi-sentence${isBad ? ' is-bad' : ''}`} data-testid="what-if-sentence">
        {text}
      </p>
      <p class="sr-only" role="status">
        {said}
      </p>
    </>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul class="wi-notes muted" aria-label="What this assumes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

/** Narrow enough to stay a table on every screen. */
function Figures({ asIs, changed }: { asIs: Outcome; changed: Outcome }) {
  return (
    <table class="wi-figures" data-testid="what-if-figures">
      <caption class="sr-only">As it is and with the settings</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">As it is</th>
          <th scope="col">With the settings</th>
        </tr>
      </thead>
      <tbody>
        {listFigures(asIs, changed).map(({ name, values }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, index) => (
              <td key={index}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function listFigures(asIs: Outcome, changed: Outcome) {
  const row = (name: string, valueOf: (of: Outcome) => string) => ({
    name,
    values: [valueOf(asIs), valueOf(changed)],
  });
  return [
    row('Runs out', ({ secondsToExhaustion: seconds }) =>
      seconds === null ? 'never at this rate' : seconds === 0 ? 'now' : `in ${formatDuration(seconds * SECOND_MS)}`,
    ),
    row('Settles at', ({ settlesAt, pressure }) => `${formatCount(settlesAt)} ports (${formatPercent(pressure)})`),
    row('Of', ({ capacity }) => `${formatCount(capacity)} ports`),
    row('Closes', ({ rate, sustainableRate }) => `${formatRate(rate)}/s; sustains ${formatRate(sustainableRate)}/s`),
    row('Each held for', ({ holdSeconds }) => formatDuration(holdSeconds * SECOND_MS)),
    row('Live connections', ({ live }) => formatCount(live)),
  ];
}

function formatCourse({ peak, capacity, peakRatio, outAt, outSeconds }: WireCourse, isLeast = false): string {
  const outMs = parseInstant(outAt);
  const out =
    outMs === null
      ? ''
      : `, out of ports from ${formatInstant(outMs, hostNowMs.peek())} for ${formatDuration(outSeconds * SECOND_MS)}`;
  return `peak ${isLeast ? 'at least ' : ''}${formatCount(peak)} of ${formatCount(capacity)} (${formatPercent(peakRatio)})${out}`;
}
