/** The limits of the host and of portcast itself, each with what it means. Pure. */
import { formatCount, formatDuration, formatPercent, formatRate } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { formatBytes, plural } from './format.js';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly help: string;
}
export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

const seconds = (value: number): string => formatDuration(value * 1000);

export function hostFacts(status: WireStatus): FactGroup[] {
  return [
    { title: 'Ports to take', facts: portFacts(status.host) },
    { title: 'How long they are held', facts: holdFacts(status.host) },
    { title: 'portcast itself', facts: [...samplingFacts(status), ...serviceFacts(status)] },
  ];
}

function portFacts(host: WireHost): Fact[] {
  const [first, last] = host.range;
  return [
    {
      name: 'Ephemeral range',
      value: `${first}–${last}`,
      help: `${formatCount(last - first + 1)} ports from which connect() takes one (ip_local_port_range).`,
    },
    {
      name: 'Reserved',
      value: formatCount(host.reserved),
      help: 'Ports of the range that connect() skips (ip_local_reserved_ports).',
    },
    {
      name: 'A new destination',
      value: `${formatCount(host.capacity)} ports`,
      help: 'The range less what is reserved, listening or bound. Every destination has its own such pool.',
    },
    {
      name: 'Sustainable rate',
      value: `${formatRate(host.sustainableRate)}/s`,
      help: 'Closes per second and destination at which a pool settles exactly full. Below it, it never runs out.',
    },
    {
      name: 'In TIME_WAIT now',
      value: host.timeWait === null ? 'unknown' : formatCount(host.timeWait),
      help: 'All destinations together (sockstat). Only the count within one pool can exhaust it.',
    },
    {
      name: 'TIME_WAIT buckets',
      value: host.twBuckets === null ? 'unknown' : formatCount(host.twBuckets),
      help: 'One cap for the whole host (tcp_max_tw_buckets); closes beyond it skip TIME_WAIT.',
    },
  ];
}

function holdFacts(host: WireHost): Fact[] {
  return [
    {
      name: 'TIME_WAIT',
      value: seconds(host.timeWaitSeconds) + (host.timeWaitAssumed ? ' (assumed)' : ''),
      help: host.timeWaitAssumed
        ? 'This system does not say how long; the forecast rests on this assumption.'
        : 'How long a closed connection keeps its port. Fixed in the kernel: no sysctl changes it.',
    },
    {
      name: 'Release step',
      value: `${Number(host.granularitySeconds.toFixed(3))} s (${host.granularityLearned ? 'learned' : 'upper bound'})`,
      help: host.granularityLearned
        ? 'The timer wheel frees ports in batches this far apart; learned by watching them fall.'
        : 'The timer wheel frees ports in batches at most this far apart, until the step is learned.',
    },
    {
      name: 'Reuse',
      value: reuseText(host),
      help: 'Whether connect() may take a port that is still in TIME_WAIT (tcp_tw_reuse).',
    },
    {
      name: 'Reuse delay',
      value: seconds(host.reuseDelaySeconds),
      help: 'Age from which a TIME_WAIT port may be taken again, where reuse is effective.',
    },
    {
      name: 'Timestamps',
      value: host.timestamps ? 'on' : 'off',
      help: 'Reuse needs TCP timestamps on both ends (tcp_timestamps).',
    },
    {
      name: 'FIN_WAIT2 timeout',
      value: seconds(host.finTimeoutSeconds),
      help: 'Holds orphans in FIN_WAIT2 (tcp_fin_timeout). It does not shorten TIME_WAIT.',
    },
  ];
}

function reuseText(host: WireHost): string {
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

function samplingFacts({ sampling, tracing }: WireStatus): Fact[] {
  const cost = sampling.dumpCostSeconds === null ? 'not measured yet' : formatMillis(sampling.dumpCostSeconds);
  const slowed = sampling.slowedBecause === null ? 'Within its budget.' : `Slowed: ${sampling.slowedBecause}`;
  return [
    { name: 'Source', value: sampling.source, help: sampling.sourceWhy },
    {
      name: 'Cost of a read',
      value: cost,
      help: `${plural(sampling.rows, 'row')} in the last full read of the table; ${formatCount(sampling.dumps)} reads in ${formatCount(sampling.beats)} beats.`,
    },
    {
      name: 'Share of a core',
      value: `${formatPercent(sampling.dumpShare)} of ${formatPercent(sampling.dumpShareBudget)}`,
      help: `What full reads take on average, and what they may take. ${slowed}`,
    },
    {
      name: 'Failed connects',
      value: tracing.on ? `${formatCount(tracing.failedConnects)} since the start` : 'not counted',
      help: `For want of a port: ${tracing.why}.${tracing.lost > 0 ? ` ${formatCount(tracing.lost)} came too fast to be counted.` : ''}`,
    },
    {
      name: 'Beat',
      value: `every ${seconds(sampling.beatSeconds)}`,
      help: `Schedule ${sampling.schedule}; ${sampling.missedBeats} missed, restarted ${plural(sampling.scheduleRestarts, 'time')}.`,
    },
  ];
}

function serviceFacts({ store, mail, process, version, uptimeSeconds }: WireStatus): Fact[] {
  const failed = mail.failed > 0 ? `, ${mail.failed} given up` : '';
  const mailHelp = mail.configured
    ? `${plural(mail.recipients, 'recipient')}; ${mail.pending} waiting${failed}.${mail.lastError === null ? '' : ` Last error: ${mail.lastError}`}`
    : 'No SMTP server is set: alerts are shown here only.';
  return [
    {
      name: 'Store',
      value: `${formatBytes(store.sizeBytes)} of ${formatBytes(store.capBytes)}`,
      help: `${formatCount(store.series)} series in ${store.path}; ${plural(store.pendingRecords, 'record')} not yet written.`,
    },
    { name: 'Mail', value: mail.configured ? 'configured' : 'not configured', help: mailHelp },
    {
      name: 'Process',
      value: `${formatPercent(process.cpuRatio)} CPU, ${formatBytes(process.residentBytes)}`,
      help: `Event loop delayed ${formatMillis(process.eventLoopDelayP99Seconds)} at the 99th percentile. Version ${version}, up ${seconds(uptimeSeconds)}.`,
    },
  ];
}

function formatMillis(value: number): string {
  const ms = value * 1000;
  return ms >= 1000 ? seconds(value) : `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toString()} ms`;
}
