/** A Linux host: sysctls, counters, owners and the steps of the timer wheel, all read from /proc. */
import { readMonotonicMs } from '../../clock.js';
import { addTimers, findTickRate, NO_TIMERS } from '../../host/tick-rate.js';
import { findLongestTimeWaitMs } from '../../snapshot/believe-timers.js';
import type { HostSource, HostSourceOptions } from '../host-source.js';
import { readLinuxCounters } from './counters.js';
import { readLinuxLimits } from './limits.js';
import { createSettingReader } from './settings.js';
import { createOwnerScanner } from './owners.js';
import { createReleaseWatch, openTimeWaitReader } from './release-watch.js';
import { readTickRate } from './tick-rate.js';

export function openLinuxHost({ procRoot, native, granularity }: HostSourceOptions): HostSource {
  const timeWaitReader = openTimeWaitReader(procRoot);
  const knownHz = ('problem' in native ? null : native.ticksPerSecond()) ?? readTickRate(procRoot);
  let timers = NO_TIMERS;
  const releases = createReleaseWatch({
    hz: knownHz,
    learnedBefore: granularity,
    readMonotonicMs,
    readTimeWait: () => timeWaitReader.read(),
  });
  /** The longest TIME_WAIT that a row has shown; 0 before the first. */
  let longestTimeWaitMs = 0;
  const settings = createSettingReader(procRoot);
  const owners = createOwnerScanner({
    procRoot,
    readCpuMs: 'problem' in native ? readMonotonicMs : () => native.threadCpuMs(),
  });
  return {
    readFacts() {
      const { limits: read, hasTimeWaitSysctl, problems } = readLinuxLimits(procRoot);
      const timeWaitMs = hasTimeWaitSysctl ? read.timeWaitMs : Math.max(read.timeWaitMs, longestTimeWaitMs);
      const isLearned = timeWaitMs > read.timeWaitMs;
      const limits = isLearned ? { ...read, timeWaitMs, timeWaitAssumed: false } : read;
      const counters = readLinuxCounters(procRoot);
      releases.beat(counters.timeWait, timeWaitMs);
      const values = settings.read(readMonotonicMs());
      return { limits, counters, granularity: releases.granularity(), settings: values, problems };
    },
    findOwners: (queries) => owners.findOwners(queries),
    noteTableRead(table) {
      releases.skipPoll();
      if (table === null) return;
      const { snapshot, hasTicks } = table;
      longestTimeWaitMs = Math.max(longestTimeWaitMs, findLongestTimeWaitMs(snapshot) ?? 0);
      if (knownHz !== null || !hasTicks || !snapshot.hasTimers) return;
      timers = addTimers(timers, snapshot.outboundRows.expiresMs);
      releases.noteTickRate(findTickRate(timers));
    },
    stop() {
      releases.stop();
      timeWaitReader.close();
    },
  };
}
