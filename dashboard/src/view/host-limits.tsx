/** The limits of the host and what each means. */
import { hostFacts } from '../host-facts.js';
import { sample } from '../live.js';
import { Section } from './parts.js';

export function HostLimits() {
  const status = sample.value?.status ?? null;
  if (status === null) return null;
  return (
    <Section id="host" title="Host limits" note="read every beat" testId="host-limits">
      <div class="fact-groups">
        {hostFacts(status).map(({ title, facts }) => (
          <div key={title} class="fact-group">
            <h3>{title}</h3>
            <dl>
              {facts.map(({ name, value, help }) => (
                <div key={name} class="fact">
                  <dt>{name}</dt>
                  <dd class="fact-value">{value}</dd>
                  <dd class="fact-help muted">{help}</dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
    </Section>
  );
}
