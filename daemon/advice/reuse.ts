/** Whether TIME_WAIT ports of a pool may be taken again sooner: tcp_tw_reuse, its delay, and timestamps. */
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import { formatDuration, formatRate, SECOND_MS } from '../units.js';
import { buildRemedy, UNSTATED, type PortEffect } from './build-remedy.js';
import { changeSettings, showSetting, type Setting } from './commands.js';
import { AMPLE_PRESSURE, type Effect, type Load, type Remedy } from './effect.js';
import { namePath } from './names.js';

const REUSE_KEY = 'net.ipv4.tcp_tw_reuse';
const DELAY_KEY = 'net.ipv4.tcp_tw_reuse_delay';
const TIMESTAMPS_KEY = 'net.ipv4.tcp_timestamps';

interface ReuseOptions {
  readonly load: Load;
  readonly present: Effect;
  readonly computeWith: (changes: Partial<Load>) => PortEffect;
}

/** One remedy, or two where the delay can be shortened; one that does nothing says why. */
export function suggestReuse(forecast: PoolForecast, limits: HostLimits, options: ReuseOptions): Remedy[] {
  const useless = explainUselessReuse(forecast, limits);
  if (useless !== null) return [refuse('tw_reuse', useless), ...suggestDelay(forecast, limits, options)];
  const effect = options.computeWith({ holdMs: limits.twReuseDelayMs, held: forecast.live });
  const settings: Setting[] = [];
  if (limits.twReuse !== 1) settings.push({ key: REUSE_KEY, value: '1', now: String(limits.twReuse ?? 2) });
  if (!limits.timestamps) settings.push({ key: TIMESTAMPS_KEY, value: '1', now: '0' });
  const verify = {
    text: `The counter of reused ports rises, and connects ${namePath(forecast)} do not fail even while the table is full.`,
    command: 'nstat -az TcpExtTWRecycled',
    expected: 'a figure that is higher each time',
  };
  if (settings.length === 0) {
    const detail = `tcp_tw_reuse is 1 here, but no reuse of a port ${namePath(forecast)} was seen: that needs timestamps at both ends.`;
    return [buildRemedy('peer_timestamps', { detail, effect, verify }, options.present)];
  }
  const commands = changeSettings(settings, forecast.namespace, 'tw-reuse');
  const detail = `${commands.commands.join(' && ')}: takes effect at once. A port can then be taken again after ${formatDuration(limits.twReuseDelayMs)}, if the server uses TCP timestamps too.`;
  return [buildRemedy('tw_reuse', { detail, ...commands, effect, verify }, options.present)];
}

/** bind(0) never reuses a TIME_WAIT port. Where connect() reuses them already, there is nothing to gain. */
function explainUselessReuse({ kind, reuse }: PoolForecast, { twReuse }: HostLimits): string | null {
  if (twReuse === null) return 'this system has no tcp_tw_reuse';
  if (kind !== 'connect') return 'ports that bind() takes are never reused from TIME_WAIT, whatever tcp_tw_reuse is';
  return reuse === 'after_delay'
    ? `connect() reuses the ports of this pool already (tcp_tw_reuse is ${twReuse})`
    : null;
}

/** Where ports are reused already, a shorter delay raises the limit, which is `capacity / delay`. */
function suggestDelay(
  forecast: PoolForecast,
  limits: HostLimits,
  { load, present, computeWith }: ReuseOptions,
): Remedy[] {
  if (forecast.kind !== 'connect' || forecast.reuse !== 'after_delay') return [];
  if (limits.twReuseBySecond === true) {
    return [refuse('reuse_delay', 'this kernel has no tcp_tw_reuse_delay, which exists from Linux 6.14 on')];
  }
  const room = AMPLE_PRESSURE * load.capacity - load.live;
  const fittingMs = load.rate > 0 ? Math.floor((room * SECOND_MS) / load.rate) : limits.twReuseDelayMs;
  const delayMs = Math.max(1, Math.min(fittingMs, limits.twReuseDelayMs));
  if (room <= 0 || delayMs === limits.twReuseDelayMs) {
    const why =
      room <= 0 ? 'the open connections alone hold 80% of the ports' : 'the present delay suffices for this rate';
    return [refuse('reuse_delay', why)];
  }
  const setting = { key: DELAY_KEY, value: `${delayMs}`, now: `${limits.twReuseDelayMs}` };
  const commands = changeSettings([setting], forecast.namespace, 'tw-reuse-delay');
  const detail = `${commands.commands.join(' && ')}: a port can then be taken again after ${formatDuration(delayMs)} in place of ${formatDuration(limits.twReuseDelayMs)}, which suffices for ${formatRate(load.rate)} closes/s.`;
  const verify = {
    text: 'The setting is in force, and connects no longer fail.',
    command: showSetting(DELAY_KEY, forecast.namespace),
    expected: `${DELAY_KEY} = ${delayMs}`,
  };
  const effect = computeWith({ holdMs: delayMs, held: load.live });
  return [buildRemedy('reuse_delay', { detail, ...commands, effect, verify }, present)];
}

function refuse(name: 'tw_reuse' | 'reuse_delay', why: string): Remedy {
  return buildRemedy(name, {
    detail: 'A port in TIME_WAIT can be taken again by connect() after a delay.',
    effect: UNSTATED,
    useless: why,
    verify: { text: 'Nothing to verify.' },
  });
}
