/** What chooses the span of time that the charts of a page show: the ranges, and buttons to zoom and to move. */
import { useEffect, useState } from 'preact/hooks';
import { RANGES, type Range } from '../chart/ranges.js';
import { stepSpan, type SpanStep } from '../chart/span.js';
import { hostNowMs } from '../state/live.js';
import type { TimeWindow } from '../state/time-window.js';
import { formatRoughDuration, formatSpanInstant } from '../words/format.js';
import { Segments } from './segments.js';

const BUTTONS: readonly { readonly step: SpanStep; readonly sign: string; readonly name: string }[] = [
  { step: 'earlier', sign: '‹', name: 'Earlier' },
  { step: 'in', sign: '+', name: 'Zoom in' },
  { step: 'out', sign: '−', name: 'Zoom out' },
  { step: 'later', sign: '›', name: 'Later' },
];

/** During a gesture the text would change with every frame. */
const SETTLE_MS = 250;

export function TimeControls({ time }: { time: TimeWindow }) {
  const zoomed = time.zoom.value !== null;
  const onSelect = (range: Range): void => time.follow(range);
  return (
    <div class="time-controls">
      <Segments label="Range" options={RANGES} selected={zoomed ? null : time.range.value} onSelect={onSelect} />
      <div class="zoom-buttons" role="group" aria-label="Zoom and move">
        {BUTTONS.map(({ step, sign, name }) => (
          <button
            key={step}
            type="button"
            class="button is-small"
            aria-label={name}
            title={name}
            onClick={() => time.show(stepSpan(time.shown.peek(), step, hostNowMs.peek()))}
          >
            <span aria-hidden="true">{sign}</span>
          </button>
        ))}
        <button type="button" class="button is-small" disabled={!zoomed} onClick={() => time.reset()}>
          Reset
        </button>
      </div>
      <ShownSpan time={time} />
      {time.problem !== null && (
        <p class="is-error time-problem" role="status">
          The address of this page asks for a time that makes no sense: {time.problem}. The last {time.range.value.name}{' '}
          are shown.
        </p>
      )}
    </div>
  );
}

function ShownSpan({ time }: { time: TimeWindow }) {
  const zoom = time.zoom.value;
  const [settled, setSettled] = useState(zoom);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(zoom), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [zoom]);
  const text =
    settled === null
      ? `The last ${time.range.value.key === 'live' ? '5 min' : time.range.value.name}, up to now`
      : `${formatSpanInstant(settled.fromMs, settled)} to ${formatSpanInstant(settled.toMs, settled)} (${formatRoughDuration(settled.toMs - settled.fromMs)})`;
  return (
    <p class="shown-span muted" role="status" data-testid="shown-span">
      {text}
    </p>
  );
}
