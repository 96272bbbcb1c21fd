/** Code in several languages, one at a time. */
import { useState } from 'preact/hooks';
import type { WireRemedy } from '../../../../daemon/wire/advice.js';
import { CopyButton } from './command-line.js';

export function CodeSamples({ name, samples }: { name: string; samples: WireRemedy['code'] }) {
  const [chosen, setChosen] = useState(0);
  const sample = samples[chosen] ?? samples[0];
  if (sample === undefined) return null;
  return (
    <div class="code-samples">
      {samples.length > 1 && (
        <label>
          Language{' '}
          <select
            data-testid={`language-${name}`}
            value={String(chosen)}
            onChange={(event) => setChosen(Number(event.currentTarget.value))}
          >
            {samples.map(({ title }, index) => (
              <option key={title} value={String(index)}>
                {title}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="command code-block">
        <pre tabIndex={0} role="region" aria-label={sample.title}>
          <code>{sample.code}</code>
        </pre>
        <CopyButton key={sample.title} text={sample.code} />
      </div>
    </div>
  );
}
