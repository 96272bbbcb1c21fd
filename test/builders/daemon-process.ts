/** Starts the built daemon as a process, for tests of the whole program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../daemon/paths.js';

const MAIN_FILE = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
const START_TIMEOUT_MS = 30_000;
/** A daemon that runs longer is killed, so that it does not fail the tests after this one. */
const STOP_TIMEOUT_MS = 8_000;

export interface DaemonProcess {
  readonly url: string;
  /** Everything that it has printed so far, on both streams. */
  output(): string;
  stop(): Promise<{ code: number | null }>;
  /** Ends it at once, as a power failure would. */
  kill(): Promise<void>;
}

export interface StateFolder {
  readonly path: string;
  readonly database: string;
  remove(): void;
}

export function stateFolder(): StateFolder {
  const path = mkdtempSync(join(tmpdir(), 'portcast-test-'));
  return {
    path,
    database: join(path, 'portcast.db'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Starts `portcast run` on a free port. @throws with everything that it printed when it ends before it is ready. */
export async function startDaemon(state: StateFolder, yaml = 'http: { port: 0 }\n'): Promise<DaemonProcess> {
  const config = join(state.path, 'config.yaml');
  writeFileSync(config, yaml);
  const child = spawn(process.execPath, [MAIN_FILE, 'run', '--config', config], {
    env: { ...process.env, STATE_DIRECTORY: state.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = new Promise<string>((resolve) => {
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      const url = /dashboard +(https?:\/\/\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the daemon was not ready in time:\n${output}`)), START_TIMEOUT_MS);
  });
  const gone = exited.then(([code]): never => {
    throw new Error(`the daemon ended with ${code ?? 'a signal'}:\n${output}`);
  });
  try {
    const url = await Promise.race([ready, gone, late]);
    return {
      url,
      output: () => output,
      async stop() {
        child.kill('SIGTERM');
        const hard = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        const [code] = await exited;
        clearTimeout(hard);
        return { code };
      },
      async kill() {
        child.kill('SIGKILL');
        await exited;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    gone.catch(() => undefined);
  }
}
