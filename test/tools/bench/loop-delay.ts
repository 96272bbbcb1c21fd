/**
 * Runs the daemon in this process with its event-loop monitor on all the time (resolution 1 ms), or with `idle` only
 * the monitor. Prints the 99th percentile of the delay after SECONDS as JSON. `loop-delay.ts idle|daemon SECONDS`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../../daemon/app.js';
import { SYSTEM_CLOCK } from '../../../daemon/clock.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { createLog } from '../../../daemon/log.js';
import { createProcessStats } from '../../../daemon/sampling/process-stats.js';

const [mode = '', seconds = ''] = process.argv.slice(2);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function idle(): Promise<void> {
  const stats = createProcessStats(SYSTEM_CLOCK, true);
  await wait(Number(seconds) * 1000);
  console.log(JSON.stringify(stats.figures()));
}

async function daemon(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-bench-'));
  const { config } = loadConfig({ file: null, env: { STATE_DIRECTORY: folder } });
  const log = createLog({ level: 'error', format: 'json', write: (line) => process.stderr.write(line) });
  const app = createApp({
    config: { ...config, http: { ...config.http, port: 0 } },
    version: 'bench',
    log,
    watchLoopContinuously: true,
  });
  await app.start();
  await wait(Number(seconds) * 1000);
  const status = (await (await fetch(`${app.address}/api/v1/status`)).json()) as {
    process: { eventLoopDelayP99Seconds: number };
    sampling: { rows: number; dumps: number };
  };
  console.log(
    JSON.stringify({
      eventLoopDelayP99Ms: status.process.eventLoopDelayP99Seconds * 1000,
      rows: status.sampling.rows,
      dumps: status.sampling.dumps,
    }),
  );
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
}

await (mode === 'idle' ? idle() : daemon());
