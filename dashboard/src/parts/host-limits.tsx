/** The limits of the host, and figures about portcast itself. */
import { listHostFacts } from '../words/host-facts.js';
import { sample } from '../state/live.js';
import { SETTINGS_HREF } from '../state/route.js';
import { FactGroups } from './fact-groups.js';
import { Section } from './section.js';

const SETTINGS_LINK = <a href={SETTINGS_HREF}>All settings and changes</a>;

export function HostLimits() {
  const status = sample.value?.status ?? null;
  if (status === null) return null;
  return (
    <Section id="host" title="Host limits" note="read every beat" tools={SETTINGS_LINK} testId="host-limits">
      <FactGroups groups={listHostFacts(status)} />
    </Section>
  );
}
