/** Second by second: the closes of the last minute, and the ports that come free. */
import { formatCount, formatRate, SECOND_MS } from '../../../../../daemon/units.js';
import type { WireSchedule } from '../../../../../daemon/wire/schedule.js';
import { Behind } from '../../../parts/behind.js';
import { DataTable } from '../../../parts/data-table.js';
import { SecondBars } from '../../../parts/second-bars.js';
import { Section } from '../../../parts/section.js';
import { fetchSchedule } from '../../../state/page-api.js';
import { usePoll } from '../../../state/use-poll.js';
import { capitalize, formatClockTime, parseInstant } from '../../../words/format.js';
import type { PoolSectionProps } from '../section-props.js';

const REFRESH_MS = 2 * SECOND_MS;

export function PoolSchedule({ id, pool }: PoolSectionProps) {
  const { value, error } = usePoll({
    key: `schedule ${id}`,
    everyMs: REFRESH_MS,
    request: (signal) => fetchSchedule(id, signal),
  });
  if (pool === null) return null;
  const note = value === null ? undefined : `at ${formatClockTime(parseInstant(value.sampledAt) ?? 0)}`;
  return (
    <Section id="schedule" title="Closes and releases" note={note} testId="pool-schedule">
      {value !== null && <Schedule schedule={value} />}
      {value === null && error !== null && error.status !== 404 && <p class="is-error">{error.message}</p>}
    </Section>
  );
}

function Schedule({ schedule }: { schedule: WireSchedule }) {
  const { closes, releases, why, reusable, later, holdSeconds, granularitySeconds } = schedule;
  if (closes === null || releases === null) return <p class="muted">{capitalize(why ?? 'No timers are known')}.</p>;
  return (
    <>
      <p class="muted schedule-lead">
        A closed connection keeps its port for up to {formatRate(holdSeconds)} s; the kernel releases ports in steps of{' '}
        {formatRate(granularitySeconds)} s. {reusable > 0 && `${formatCount(reusable)} ports can be used again now. `}
        {later > 0 && `${formatCount(later)} more come free later. `}
        {why !== null && `Not exact: ${why}.`}
      </p>
      <div class="schedule-bars">
        <SecondBars
          title="Closed in the last minute"
          seconds={closes}
          tone="closes"
          ends={[`${closes.length} s ago`, 'now']}
          testId="closes-bars"
        />
        <SecondBars
          title="Come free"
          seconds={releases}
          tone="releases"
          ends={['now', `in ${releases.length} s`]}
          testId="releases-bars"
        />
      </div>
      <Behind
        title="Table of closes and releases"
        testId="schedule-table"
        content={() => <SecondTable schedule={schedule} closes={closes} releases={releases} />}
      />
    </>
  );
}

interface SecondTableProps {
  readonly schedule: WireSchedule;
  readonly closes: NonNullable<WireSchedule['closes']>;
  readonly releases: NonNullable<WireSchedule['releases']>;
}

/** The seconds without a count are left out. */
function SecondTable({ closes, releases }: SecondTableProps) {
  const rows = [
    ...closes.map((second) => ({ ...second, what: 'closed' })),
    ...releases.map((second) => ({ ...second, what: 'come free' })),
  ].filter(({ count }) => count > 0);
  return (
    <DataTable
      caption="Closes and releases by second"
      columns={['Second', 'Ports', 'What']}
      rows={rows.map(({ at, count, what }) => ({
        key: `${what} ${at}`,
        cells: [formatClockTime(parseInstant(at) ?? 0), formatCount(count), what],
      }))}
    />
  );
}
