/** Counts of consecutive seconds as bars. */
import type { WireSecond } from '../../../daemon/wire/schedule.js';
import { formatCount } from '../../../daemon/units.js';

interface SecondBarsProps {
  readonly title: string;
  readonly seconds: readonly WireSecond[];
  readonly tone: 'closes' | 'releases';
  /** Below the first and the last bar. */
  readonly ends: readonly [first: string, last: string];
  readonly testId: string;
}

const BAR = 10;
const GAP = 2;
const HEIGHT = 100;

export function SecondBars({ title, seconds, tone, ends, testId }: SecondBarsProps) {
  const sum = seconds.reduce((total, { count }) => total + count, 0);
  const peak = Math.max(1, ...seconds.map(({ count }) => count));
  const label = `${title}: ${formatCount(sum)} in ${seconds.length} seconds, at most ${formatCount(peak)} in one`;
  return (
    <figure class="second-bars">
      <figcaption>
        <strong>{title}</strong> <span class="muted">{formatCount(sum)} ports</span>
        <span class="bars-peak muted">at most {formatCount(peak)} in one second</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${seconds.length * BAR} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        data-testid={testId}
      >
        {seconds.map(({ count }, index) =>
          count === 0 ? null : (
            <rect
              key={index}
              class={`bar bar-${tone}`}
              x={index * BAR}
              y={HEIGHT - (count / peak) * HEIGHT}
              width={BAR - GAP}
              height={(count / peak) * HEIGHT}
            />
          ),
        )}
      </svg>
      <div class="bars-ends muted" aria-hidden="true">
        <span>{ends[0]}</span>
        <span>{ends[1]}</span>
      </div>
    </figure>
  );
}
