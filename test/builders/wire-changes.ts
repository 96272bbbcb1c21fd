/** Changes and settings as the API sends them, made by the real code from plain figures. */
import type { Change, Figures, StoredSetting } from '../../daemon/change/change.js';
import { NO_COUNTERS } from '../../daemon/host/counters.js';
import { changeToWire, type WireChange } from '../../daemon/wire/change.js';
import { settingsToWire, type WireSettings } from '../../daemon/wire/setting.js';
import { LIMITS } from '../fakes.js';

const NOW_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
const MINUTE_MS = 60_000;
export const POOL_ID = 'connect_host_10.0.0.1_10.0.0.2_443';

export function createFigures(changes: Partial<Figures> = {}): Figures {
  return {
    seenMs: 10 * MINUTE_MS,
    closeRate: 15.2,
    rateAtLeast: false,
    used: 940,
    usedMax: 1000,
    live: 12,
    capacity: 1000,
    pressure: 0.95,
    probability: 0.4,
    exhaustsAtMs: NOW_MS - 9 * MINUTE_MS,
    failed: 1860,
    ...changes,
  };
}

export function createChange(changes: Partial<Change> = {}): Change {
  const after = { used: 120, usedMax: 131, pressure: 0.12, probability: 0, exhaustsAtMs: null, failed: 0 };
  return {
    id: 'cmk14byyo',
    kind: 'setting',
    atMs: NOW_MS - 4 * MINUTE_MS,
    notBeforeMs: null,
    settings: [{ name: 'net.ipv4.tcp_tw_reuse', from: '0', to: '1' }],
    shifts: [],
    pools: [
      {
        poolId: POOL_ID,
        name: '10.0.0.2:443',
        before: createFigures(),
        after: createFigures({ ...after, seenMs: 3 * MINUTE_MS }),
      },
      {
        poolId: 'connect_host_10.0.0.1_10.0.0.3_5432',
        name: '10.0.0.3:5432',
        before: createFigures({
          closeRate: 2,
          used: 122,
          pressure: 0.12,
          probability: 0,
          exhaustsAtMs: null,
          failed: 0,
        }),
        after: createFigures({ closeRate: 2, ...after, seenMs: 3 * MINUTE_MS }),
      },
    ],
    times: 1,
    beforeSpanMs: 10 * MINUTE_MS,
    afterSpanMs: 10 * MINUTE_MS,
    settleMs: 62_048,
    isOver: false,
    ...changes,
  };
}

/** A setting whose time after goes on, and a client that began to pool its connections a day before. */
export function cannedChanges(): WireChange[] {
  const pooled = createChange({
    id: 'cmk0lk3qg',
    kind: 'behaviour',
    atMs: NOW_MS - 20 * 60 * MINUTE_MS,
    settings: [],
    shifts: [
      { quantity: 'closeRate', from: 12, to: 1.1 },
      { quantity: 'pressure', from: 0.74, to: 0.08 },
    ],
    pools: [
      {
        poolId: POOL_ID,
        name: '10.0.0.2:443',
        before: createFigures({
          closeRate: 12,
          used: 744,
          usedMax: 760,
          pressure: 0.74,
          probability: 0.02,
          exhaustsAtMs: null,
          failed: 0,
        }),
        after: createFigures({
          closeRate: 1.1,
          used: 80,
          usedMax: 91,
          pressure: 0.08,
          probability: 0,
          exhaustsAtMs: null,
          failed: 0,
        }),
      },
    ],
    isOver: true,
  });
  return [createChange(), pooled].map((change) => changeToWire(change, NOW_MS));
}

/** The settings of a host with one that was changed. */
export function cannedSettings(nowMs = NOW_MS): WireSettings {
  const values = {
    'kernel.osrelease': '6.12.117+deb13-amd64',
    'net.ipv4.ip_local_port_range': '20000\t20999',
    'net.ipv4.ip_local_reserved_ports': '',
    'net.ipv4.tcp_tw_reuse': '1',
    'net.ipv4.tcp_timestamps': '1',
    'net.ipv4.tcp_max_tw_buckets': '131072',
    'net.ipv4.tcp_fin_timeout': '60',
    'net.ipv4.tcp_syn_retries': '6',
    'net.ipv4.tcp_syn_linear_timeouts': '4',
    'net.ipv4.tcp_orphan_retries': '0',
    'fs.file-max': '9223372036854775807',
    'fs.file-nr': '1184\t0\t9223372036854775807',
    'fs.nr_open': '1073741816',
    'net.netfilter.nf_conntrack_max': '262144',
    'net.netfilter.nf_conntrack_count': '1204',
  };
  const seen = Object.entries(values).map(([name, value]): StoredSetting => {
    const isNew = name === 'net.ipv4.tcp_tw_reuse';
    return {
      name,
      value,
      sinceMs: isNew ? nowMs - 4 * MINUTE_MS : null,
      notBeforeMs: null,
      firstSeenMs: Date.UTC(2025, 11, 1),
    };
  });
  return settingsToWire({
    host: 'web-1',
    reading: {
      limits: { ...LIMITS, twReuse: 1 },
      counters: { ...NO_COUNTERS, takenAtMs: NOW_MS, monotonicMs: 1_000_000, orphan: 3, timeWait: 745 },
      granularity: { hz: 250, timeWaitMs: 2048, phaseMs: 12, learned: true },
      settings: values,
    },
    unusedCapacity: 1000,
    seen,
  });
}
