/** The score of the forecasts, as the daemon computes it. */
import { sample } from '../state/live.js';
import { listScoreFacts } from '../words/score-facts.js';
import { FactGroups } from './fact-groups.js';
import { Section } from './section.js';

export function Score() {
  const score = sample.value?.status.score ?? null;
  if (score === null) return null;
  const groups = listScoreFacts(score);
  return (
    <Section id="score" title="How good were the forecasts" note={`last ${score.days} days`} testId="score">
      {groups.length === 0 ? <p class="muted score-empty">{score.why}</p> : <FactGroups groups={groups} />}
    </Section>
  );
}
