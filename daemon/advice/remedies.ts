/** What to do about a pool, with the effect of each remedy computed from its forecast. */
import type { Cause, PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import { suggestNoBind, suggestParts } from './bind-remedies.js';
import { UNSTATED } from './build-remedy.js';
import { computeChanged, listChurnRemedies } from './churn-remedies.js';
import { NO_CONTEXT, type AdviceContext } from './context.js';
import { rankRemedies, type Remedy } from './effect.js';
import { listLeakRemedies, listUnansweredRemedies } from './leak-remedies.js';
import { suggestUnskipping } from './skipped-ports.js';
import { listUseless } from './useless.js';
import { assumePlatform, readPlatform } from './assumed-platform.js';
import { listWindowsRemedies } from './windows-remedies.js';

/** Remedies for a pool: those that help or delay, the best first, and those that do nothing here. */
interface RemedyLists {
  readonly remedies: readonly Remedy[];
  readonly useless: readonly Remedy[];
}

/** The remedies that help this pool on this host, or delay, the best first. */
export function findRemedies(
  forecast: PoolForecast,
  limits: HostLimits,
  context: AdviceContext = NO_CONTEXT,
): Remedy[] {
  return [...sortRemedies(forecast, limits, context).remedies];
}

/** Each cause has its own. */
export function sortRemedies(watched: PoolForecast, watchedLimits: HostLimits, context: AdviceContext): RemedyLists {
  const platform = context.platform ?? readPlatform(watchedLimits);
  const { forecast, limits } = assumePlatform(watched, watchedLimits, platform);
  const cause = findCause(forecast);
  const listed =
    platform === 'windows' && cause === 'closes'
      ? rankRemedies(listWindowsRemedies(forecast, limits, context))
      : listByCause(forecast, limits, { ...context, cause });
  const refused = listUseless(forecast, cause, platform === 'linux');
  const useless = [...listed, ...refused].filter(({ status }) => status === 'does_nothing');
  return {
    remedies: listed.filter(({ status }) => status !== 'does_nothing'),
    // What a remedy above is about is not also listed as useless.
    useless: useless.filter(
      ({ name }, index) =>
        !listed.some((remedy) => remedy.name === name && remedy.status !== 'does_nothing') &&
        useless.findIndex((other) => other.name === name) === index,
    ),
  };
}

function listByCause(
  forecast: PoolForecast,
  limits: HostLimits,
  context: AdviceContext & { readonly cause: Cause },
): Remedy[] {
  const { cause } = context;
  const unskipping = suggestUnskipping(forecast, (added) =>
    cause === 'closes' ? computeChanged(forecast, { capacity: forecast.capacity + added }) : UNSTATED,
  );
  if (cause === 'unanswered') return [...unskipping, ...listUnansweredRemedies(forecast, limits, context)];
  if (cause === 'growth') return [...unskipping, ...listLeakRemedies(forecast, limits, context)];
  // For clients that bind first nothing else has as great an effect, though it cannot be stated as a number.
  const ranked = [...listChurnRemedies(forecast, limits, context), ...suggestParts(forecast, limits)];
  return [...unskipping, ...suggestNoBind(forecast, limits), ...rankRemedies(ranked)];
}

/** A forecast without a cause, as older versions stored it, tells it by its mode, and when exhausted by what is held. */
export function findCause({ cause, mode, live, timeWait, synSent = 0 }: PoolForecast): Cause {
  if (cause != null) return cause;
  const isLeaking = mode === 'leak' || (mode === 'exhausted' && live > timeWait);
  if (!isLeaking) return 'closes';
  return synSent > live / 2 ? 'unanswered' : 'growth';
}
