/** Several requests for each connection: how many are enough, and the switch of the program that opens them. */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount, formatPercent, formatRate } from '../units.js';
import { buildRemedy, type PortEffect } from './build-remedy.js';
import type { AdviceContext } from './context.js';
import {
  AMPLE_PRESSURE,
  findLeastRequests,
  REQUESTS_PER_CONNECTION,
  type Effect,
  type Load,
  type Remedy,
} from './effect.js';
import { findPrograms, type FoundProgram } from './match-program.js';
import { namePath, SHOWS_WITHIN } from './names.js';

interface KeepAliveOptions {
  readonly load: Load;
  readonly present: Effect;
  readonly computeWith: (changes: Partial<Load>) => PortEffect;
  readonly context: AdviceContext;
}

export function suggestKeepAlive(
  forecast: PoolForecast,
  { load, present, computeWith, context }: KeepAliveOptions,
): Remedy {
  const least = forecast.closeRate === null ? null : findLeastRequests(load);
  const requests = Math.max(REQUESTS_PER_CONNECTION, least ?? 0);
  const programs = findPrograms(context);
  const sure = programs.find(({ certainty }) => certainty !== 'likely');
  return buildRemedy(
    'keep_alive',
    {
      title: 'Keep connections alive or pool them in the client',
      detail: [
        `With ${requests} requests per connection, the closes ${namePath(forecast)} fall ${describeFewerCloses(forecast, requests)}.`,
        ...describeLeast(forecast, load, { requests, least }),
        ...(sure === undefined ? [] : [`${sure.title}: ${sure.switch}.`]),
      ].join(' '),
      effect: computeWith({ rate: load.rate / requests }),
      code: programs.flatMap(nameSample),
      verify: {
        text: `The close rate ${namePath(forecast)} falls ${describeFewerCloses(forecast, requests)} ${SHOWS_WITHIN}, and TIME_WAIT no longer grows.`,
        command: 'portcast forecast',
        expected:
          forecast.closeRate === null
            ? 'a lower close rate'
            : `about ${formatRate(forecast.closeRate / requests)} closes/s, pressure ${describePressure(computeWith({ rate: load.rate / requests }))}`,
      },
    },
    present,
  );
}

function nameSample({ title, certainty, code }: FoundProgram): Remedy['code'] & object {
  return code.map((sample) => ({
    ...sample,
    title: certainty === 'likely' ? `If this is ${title}: ${sample.title}` : `${title}: ${sample.title}`,
  }));
}

/** How many requests for each connection are enough; empty where the pool has room as it is. */
function describeLeast(
  { closeRate }: PoolForecast,
  { live, capacity }: Load,
  { requests, least }: { requests: number; least: number | null },
): string[] {
  if (closeRate === null || least === 1) return [];
  const line = formatPercent(AMPLE_PRESSURE);
  if (least === null) {
    return [`The ${formatCount(live)} open connections alone hold ${line} of ${formatCount(capacity)} ports or more.`];
  }
  return [least === requests ? `That keeps the pool below ${line}.` : `${least} are enough to stay below ${line}.`];
}

function describeFewerCloses({ closeRate }: PoolForecast, requests: number): string {
  if (closeRate === null) return `to 1 in ${requests}`;
  return `from ${formatRate(closeRate)}/s to ${formatRate(closeRate / requests)}/s`;
}

function describePressure({ pressure }: Effect): string {
  return pressure === null ? 'lower' : formatPercent(pressure);
}
