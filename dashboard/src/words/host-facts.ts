/** The limits of the host, and figures about portcast itself, each with an explanation. */
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { capitalize, formatBytes, formatPlural } from './format.js';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Names of commands and settings stand between backticks. */
  readonly help: string;
}

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

export function listHostFacts(status: WireStatus): FactGroup[] {
  return [
    { title: 'Ports', facts: listPortFacts(status.host) },
    { title: 'How long ports are held', facts: listHoldFacts(status.host) },
    { title: 'portcast itself', facts: [...listSamplingFacts(status), ...listServiceFacts(status)] },
  ];
}

function listPortFacts(host: WireHost): Fact[] {
  const [first, last] = host.range;
  return [
    {
      name: 'Ephemeral range',
      value: `${first}–${last}`,
      help: `connect() takes one of these ${formatCount(last - first + 1)} ports (\`ip_local_port_range\`).`,
    },
    {
      name: 'Reserved',
      value: formatCount(host.reserved),
      help: 'Ports of the range that connect() skips (`ip_local_reserved_ports`).',
    },
    {
      name: 'A new destination',
      value: `${formatCount(host.capacity)} ports`,
      help: `The range without ports that are reserved, listening or bound. ${explainBound(host)}Each destination has a pool of its own.`,
    },
    {
      name: 'Sustainable rate',
      value: `${formatRate(host.sustainableRate)}/s`,
      help: 'Closes per second towards one destination. Below this rate its ports never run out.',
    },
    {
      name: 'In TIME_WAIT now',
      value: host.timeWait === null ? 'unknown' : formatCount(host.timeWait),
      help: 'On the whole host (`sockstat`). Only the number within one pool can exhaust that pool.',
    },
    {
      name: 'TIME_WAIT buckets',
      value: host.twBuckets === null ? 'unknown' : formatCount(host.twBuckets),
      help: 'The limit for the whole host (`tcp_max_tw_buckets`). Connections closed beyond it skip TIME_WAIT.',
    },
  ];
}

function explainBound({ boundPortsNote }: WireHost): string {
  return boundPortsNote === undefined ? '' : `${capitalize(boundPortsNote)}. `;
}

function listHoldFacts(host: WireHost): Fact[] {
  return [
    {
      name: 'TIME_WAIT',
      value: formatSeconds(host.timeWaitSeconds) + (host.timeWaitAssumed ? ' (assumed)' : ''),
      help: host.timeWaitAssumed
        ? 'This system does not report it, so the forecast assumes this value.'
        : 'How long a closed connection keeps its port. Only kernels with the sysctl `tcp_tw_timeout` let you change it.',
    },
    {
      name: 'Release step',
      value: `${Number(host.granularitySeconds.toFixed(3))} s (${host.granularityLearned ? 'learned' : 'upper bound'})`,
      help: host.granularityLearned
        ? 'The timer wheel of the kernel frees ports in batches this far apart. Learned from the batches on this host.'
        : 'The timer wheel of the kernel frees ports in batches at most this far apart. The real step is not learned yet.',
    },
    {
      name: 'Reuse',
      value: formatReuse(host),
      help: 'Whether connect() may take a port that is still in TIME_WAIT (`tcp_tw_reuse`).',
    },
    {
      name: 'Reuse delay',
      value: formatSeconds(host.reuseDelaySeconds),
      help: 'How long a port must be in TIME_WAIT before connect() may reuse it, where reuse is effective.',
    },
    {
      name: 'Timestamps',
      value: host.timestamps ? 'on' : 'off',
      help: 'Reuse needs TCP timestamps at both ends (`tcp_timestamps`).',
    },
    {
      name: 'FIN_WAIT2 timeout',
      value: formatSeconds(host.finTimeoutSeconds),
      help: 'How long an orphaned connection stays in FIN_WAIT2 (`tcp_fin_timeout`). It does not shorten TIME_WAIT.',
    },
  ];
}

function formatReuse(host: WireHost): string {
  switch (host.reuse) {
    case 0:
      return 'off';
    case 1:
      return 'on';
    case 2:
      return 'loopback only';
    case null:
      return 'not on this system';
    default:
      return String(host.reuse satisfies never);
  }
}

function listSamplingFacts({ sampling, tracing }: WireStatus): Fact[] {
  const cost = sampling.dumpCostSeconds === null ? 'not measured yet' : formatMillis(sampling.dumpCostSeconds);
  const budget = sampling.slowedBecause === null ? 'Within the budget' : capitalize(sampling.slowedBecause);
  const lost = tracing.lost > 0 ? ` ${formatCount(tracing.lost)} came too fast to be counted.` : '';
  return [
    { name: 'Source', value: sampling.source, help: sampling.sourceWhy },
    {
      name: 'Cost of a read',
      value: cost,
      help: `${formatPlural(sampling.rows, 'row')} in the last full read of the socket table; ${formatCount(sampling.dumps)} full reads in ${formatCount(sampling.beats)} beats.`,
    },
    {
      name: 'Share of a core',
      value: `${formatPercent(sampling.dumpShare)} of ${formatPercent(sampling.dumpShareBudget)}`,
      help: `The average share of one core that full reads take, and the share they may take. ${budget}.`,
    },
    {
      name: 'Failed connects',
      value: tracing.on ? `${formatCount(tracing.failedConnects)} since the start` : 'not counted',
      help: `connect() calls that found no free port. ${capitalize(tracing.why)}.${lost}`,
    },
    {
      name: 'Beat',
      value: `every ${formatSeconds(sampling.beatSeconds)}`,
      help: `Schedule \`${sampling.schedule}\`: ${formatPlural(sampling.missedBeats, 'beat')} missed, restarted ${formatPlural(sampling.scheduleRestarts, 'time')}.`,
    },
  ];
}

function listServiceFacts({ store, mail, channels, process, version, uptimeSeconds }: WireStatus): Fact[] {
  const others = channels.filter(({ name }) => name !== 'mail');
  return [
    {
      name: 'Store',
      value: `${formatBytes(store.sizeBytes)} of ${formatBytes(store.capBytes)}`,
      help: `${formatCount(store.series)} series in ${store.path}; ${formatPlural(store.pendingRecords, 'record')} not yet written.`,
    },
    {
      name: 'Mail',
      value: mail.configured ? 'configured' : 'not configured',
      help: explainMail(mail, others.length > 0),
    },
    ...others.map(describeChannel),
    {
      name: 'Process',
      value: `${formatPercent(process.cpuRatio)} CPU, ${formatBytes(process.residentBytes)}`,
      help: `Event loop delay ${formatMillis(process.eventLoopDelayP99Seconds)} at the 99th percentile. Version ${version}, up ${formatSeconds(uptimeSeconds)}.`,
    },
  ];
}

function explainMail(mail: WireStatus['mail'], hasOther: boolean): string {
  if (!mail.configured && hasOther) return 'No SMTP server is set.';
  if (!mail.configured) return 'No SMTP server is set, so alerts are only shown here.';
  const failed = mail.failed > 0 ? `, ${formatCount(mail.failed)} given up` : '';
  const lastError = mail.lastError === null ? '' : ` Last error: ${mail.lastError}`;
  return `${formatPlural(mail.recipients, 'recipient')}; ${formatPlural(mail.pending, 'mail')} waiting${failed}.${lastError}`;
}

/** A channel other than mail. */
function describeChannel({
  name,
  target,
  severities,
  pending,
  failed,
  lastError,
}: WireStatus['channels'][number]): Fact {
  const givenUp = failed > 0 ? `, ${formatCount(failed)} given up` : '';
  const error = lastError === null ? '' : ` Last error: ${lastError}`;
  const help = `${severities.join(', ')}; ${formatCount(pending)} waiting${givenUp}.${error}`;
  return { name: name.charAt(0).toUpperCase() + name.slice(1), value: target, help };
}

function formatSeconds(seconds: number): string {
  return formatDuration(seconds * SECOND_MS);
}

/** With a tenth of a millisecond below 10 ms. */
function formatMillis(seconds: number): string {
  const ms = seconds * SECOND_MS;
  if (ms >= SECOND_MS) return formatSeconds(seconds);
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toString()} ms`;
}
