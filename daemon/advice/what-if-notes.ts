/** What a what-if assumes, so that its result can be judged. */
import { formatCount, formatDuration, formatPercent } from '../units.js';
import type { Replay } from './what-if-replay.js';
import { findHold, type ReuseFacts, type Settings, type Situation } from './what-if.js';

export function listNotes(now: Situation, settings: Settings): string[] {
  const { growth, isLeast, rate } = now;
  return [
    ...listAssumptions(settings, now),
    ...(now.ports !== null && settings.ports !== undefined && settings.reserved === undefined && isNarrowed(now)
      ? ['As many ports as now are taken to be reserved, listened on or bound in the new range too.']
      : []),
    ...(growth > 0
      ? ['Live connections grow, which fills the pool whatever the closes are: none of this changes it.']
      : []),
    ...(isLeast && settings.rate === undefined
      ? [`No port is free, so ${formatCount(rate)} closes/s are only the least that the clients want.`]
      : []),
  ];
}

export function listReplayNotes(
  { isLeast, errorPorts, asIs }: Replay,
  { settings, facts }: { settings: Settings; facts: { readonly holdMs: number; readonly reuse: ReuseFacts } },
): string[] {
  const error = asIs.capacity === 0 ? '' : ` (${formatPercent(errorPorts / asIs.capacity)} of the ports)`;
  return [
    ...listAssumptions(settings, facts),
    ...(settings.ports !== undefined && settings.reserved === undefined
      ? ['None of the ports of the new range is taken to be reserved, listened on or bound.']
      : []),
    ...(isLeast ? ['While no port was left, only the least demand is known: the real use may have been higher.'] : []),
    `A closed connection kept its port for ${formatDuration(facts.holdMs)} then. With unchanged settings the replay differs from what was stored by at most ${formatCount(errorPorts)} ports${error}.`,
  ];
}

function listAssumptions(settings: Settings, now: { readonly holdMs: number; readonly reuse: ReuseFacts }): string[] {
  const { sources = 1, requests = 1, reuse, live } = settings;
  return [
    ...(requests > 1 && live === undefined ? ['As many connections as before are taken to stay open.'] : []),
    ...(sources > 1 ? ['The connections are taken to be spread evenly over the source addresses.'] : []),
    ...(reuse === true
      ? [
          `Reuse after ${formatDuration(findHold(now, settings))} works only for connect() with TCP timestamps at both ends, which portcast cannot check here.`,
        ]
      : []),
  ];
}

function isNarrowed({ ports, capacity }: Situation): boolean {
  return ports !== null && ports[1] - ports[0] + 1 > capacity;
}
