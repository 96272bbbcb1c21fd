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
  const owners = createOwnerScanner({
    procRoot,
    readCpuMs: 'problem' in native ? readMonotonicMs : () => native.threadCpuMs(),
  });
  return {
    readFacts() {
      const limits = readLinuxLimits(procRoot);
      const counters = readLinuxCounters(procRoot);
      releases.beat(counters.timeWait);
      return { limits, counters, granularity: releases.granularity() };
    },
    findOwners: (queries) => owners.findOwners(queries),
    noteTableRead: () => releases.skipPoll(),
    stop() {
      releases.stop();
      timeWaitReader.close();
    },
  };
}
