/** The wall: one host on a screen that is read from three metres, for days, without anybody who touches it. */
import { useEffect } from 'preact/hooks';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { ToneSign } from '../../parts/tone-sign.js';
import { connectionState, hostNowMs, hostTime, sample } from '../../state/live.js';
import { reloadAfterUpdate } from '../../state/reload.js';
import { keepScreenOn, placeInOrbit } from '../../state/screen.js';
import { hostVerdict } from '../../state/tab-title.js';
import '../../styles/wall.css';
import { formatClockTime, formatPoolTitle } from '../../words/format.js';
import { listWatched } from '../../words/pool-marks.js';
import type { Tone } from '../../words/tone.js';
import { judgePool } from '../../words/verdict.js';
import { describeForReader, describeHeld, describeUnseen, formatHeldShare, measureWidth } from '../../words/wall.js';

/** More than any screen has room for; those that do not fit are not drawn. */
const MOST_ROWS = 12;

export function Wall() {
  useEffect(keepScreenOn, []);
  useEffect(reloadAfterUpdate, []);
  const { x, y } = placeInOrbit(hostNowMs.value);
  const verdict = hostVerdict.value;
  const host = sample.value?.status.host.name ?? 'portcast';
  const isUnseen = verdict.tone === 'unknown' && verdict.pool === null;
  return (
    <main
      class={`wall tone-${verdict.tone}${isUnseen ? ' is-unseen' : ''}`}
      data-testid="wall"
      data-tone={verdict.tone}
    >
      <div class="wall-picture" style={{ '--orbit-x': x.toFixed(2), '--orbit-y': y.toFixed(2) }}>
        <div class="wall-head">
          <h1 class="wall-host" style={sizeFor(host)}>
            <a href="./">{host}</a>
          </h1>
          <span class="wall-clock">{formatClockTime(hostNowMs.value)}</span>
        </div>
        <p class="sr-only" role="status">
          {describeForReader(verdict)}
        </p>
        {isUnseen ? <UnseenHost /> : <SeenHost />}
      </div>
    </main>
  );
}

function UnseenHost() {
  const { text, why } = describeUnseen({
    sample: sample.value,
    connection: connectionState.value,
    time: hostTime.value,
  });
  return (
    <>
      <Word tone="unknown" text={text} />
      <p class="wall-why">{why}</p>
    </>
  );
}

function SeenHost() {
  const { tone, text, pool } = hostVerdict.value;
  const watched = sample.value === null ? [] : listWatched(sample.value);
  const others = watched.filter(({ id }) => id !== pool?.id).slice(0, MOST_ROWS);
  return (
    <>
      <Word tone={tone} text={text} />
      {pool === null ? (
        <p class="wall-why">{sample.value?.status.host.noPortWhy ?? 'No outbound connection'}</p>
      ) : (
        <WorstPool pool={pool} />
      )}
      {others.length > 0 && (
        <ul class="wall-rows" aria-label="The pools that follow">
          {others.map((other) => (
            <Row key={other.id} pool={other} />
          ))}
        </ul>
      )}
    </>
  );
}

/** The style sheet divides by the length. */
function sizeFor(text: string): Record<string, string> {
  return { '--length': measureWidth(text).toFixed(1) };
}

/** A longer text is smaller, so that it stays on one line. */
function Word({ tone, text }: { tone: Tone; text: string }) {
  return (
    <p class="wall-verdict" style={sizeFor(text)}>
      <ToneSign tone={tone} />
      <strong class="wall-word">{text}</strong>
    </p>
  );
}

function WorstPool({ pool }: { pool: WirePool }) {
  const title = formatPoolTitle(pool);
  return (
    <div class="wall-pool">
      <h2 class="wall-name" style={sizeFor(title)}>
        {title}
      </h2>
      <span class="wall-held">{describeHeld(pool)}</span>
      <Bar pool={pool} />
    </div>
  );
}

function Bar({ pool: { used, capacity } }: { pool: WirePool }) {
  const share = capacity > 0 ? Math.min(1, used / capacity) : 1;
  return (
    <span class="wall-bar" aria-hidden="true">
      <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </span>
  );
}

function Row({ pool }: { pool: WirePool }) {
  const { tone, text } = judgePool(pool, hostTime.value);
  const title = formatPoolTitle(pool);
  return (
    <li class={`wall-row tone-${tone}`}>
      <ToneSign tone={tone} />
      <span class="wall-name" style={sizeFor(title)}>
        {title}
      </span>
      <span class="wall-state" style={sizeFor(text)}>
        {text}
      </span>
      <span class="wall-share">{formatHeldShare(pool)}</span>
    </li>
  );
}
