/** A Linux host: sysctls, counters, owners and the steps of the timer wheel, all read from /proc. */
import { readMonotonicMs } from '../../clock.js';
import type { HostSource, HostSourceOptions } from '../host-source.js';
import { readLinuxCounters } from './counters.js';
import { readLinuxLimits } from './limits.js';
import { createOwnerScanner } from './owners.js';
import { createReleaseWatch, openTimeWaitReader } from './release-watch.js';
import { readTickRate } from './tick-rate.js';

export function openLinuxHost({ procRoot, native, granularity }: HostSourceOptions): HostSource {
  const timeWaitReader = openTimeWaitReader(procRoot);
  const releases = createReleaseWatch({
    hz: ('problem' in native ? null : native.ticksPerSecond()) ?? readTickRate(procRoot),
    learnedBefore: granularity,
    readMonotonicMs,
    readTimeWait: () => timeWaitReader.read(),
  });
  /** The longest TIME_WAIT that a row has shown; 0 before the first. */
  let longestTimeWaitMs = 0;
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
      return { limits, counters, granularity: releases.granularity(), problems };
    },
    findOwners: (queries) => owners.findOwners(queries),
    noteTableRead(longestMs) {
      longestTimeWaitMs = Math.max(longestTimeWaitMs, longestMs ?? 0);
      releases.skipPoll();
    },
    stop() {
      releases.stop();
      timeWaitReader.close();
    },
  };
}
