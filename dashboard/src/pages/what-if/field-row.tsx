/** One number: its slider and its field side by side, with the error below. */
import { parseNumber, type DraftProblem } from './draft.js';
import { positionOf, POSITIONS, valueAt, type FieldKey, type FieldShape } from './fields.js';

interface FieldRowProps {
  readonly shape: FieldShape;
  /** Undefined where nothing is typed: then the value is that of `now`. */
  readonly text: string | undefined;
  /** As it is; null where that is not one number. */
  readonly now: number | null;
  /** Whether `now` is only what stands there before anything is typed. */
  readonly isTyped: boolean;
  readonly problem: DraftProblem | null;
  /** Null stands for as it is. */
  readonly onChange: (key: FieldKey, text: string | null) => void;
}

/** An arrow key moves the slider by one part in a hundred of it. */
const KEY_STEP = POSITIONS / 100;
/** By how many steps a key moves the slider. */
const KEY_STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
};

export function FieldRow({ shape, text, now, isTyped, problem, onChange }: FieldRowProps) {
  const { key, label, unit, format } = shape;
  // What is wrong with the two numbers of the range together stands once, below the last one.
  const isBelow = key === 'first' && problem !== null && problem.key === undefined;
  const [id, sliderId, errorId] = [`wi-${key}`, `wi-${key}-slider`, `wi-${isBelow ? 'last' : key}-error`];
  const value = parseNumber(text ?? '') ?? now ?? shape.min;
  const isChanged = text !== undefined;
  const isWrong = problem !== null;
  return (
    <div class={`wi-field${isChanged ? ' is-changed' : ''}`}>
      <label class="wi-label" for={id}>
        {label}
        {unit !== '' && <span class="muted"> ({unit})</span>}
      </label>
      <span class="wi-now muted">{now === null ? '' : `${isTyped ? 'at first' : 'now'} ${format(now)}`}</span>
      <label class="sr-only" for={sliderId}>
        {label}, slider
      </label>
      <input
        id={sliderId}
        class="wi-slider"
        type="range"
        min={0}
        max={POSITIONS}
        step={1}
        value={positionOf(shape, value)}
        aria-valuetext={`${format(value)} ${unit}`.trim()}
        onInput={(event) => onChange(key, String(valueAt(shape, Number(event.currentTarget.value))))}
        onKeyDown={(event) => {
          const steps = KEY_STEPS[event.key];
          if (steps === undefined) return;
          event.preventDefault();
          onChange(key, String(moveBy(shape, value, steps)));
        }}
      />
      <input
        id={id}
        class="wi-number"
        type="text"
        inputMode={shape.isWhole ? 'numeric' : 'decimal'}
        autocomplete="off"
        value={text ?? ''}
        placeholder={now === null ? 'as it was' : format(now)}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? errorId : undefined}
        onInput={(event) => onChange(key, event.currentTarget.value === '' ? null : event.currentTarget.value)}
      />
      {isWrong && !isBelow && (
        <p id={errorId} class="wi-error">
          Found {problem.found}; allowed: {problem.allowed}.
        </p>
      )}
    </div>
  );
}

/** Where a step of the slider is less than one, a whole number moves by one. */
function moveBy(shape: FieldShape, value: number, steps: number): number {
  const position = Math.min(POSITIONS, Math.max(0, positionOf(shape, value) + steps * KEY_STEP));
  const next = valueAt(shape, position);
  if (!shape.isWhole || next !== value) return next;
  return Math.min(shape.max, Math.max(shape.min, value + Math.sign(steps)));
}
