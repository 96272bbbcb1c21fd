/**
 * Failed connects on real sockets: the tracing instance counts what the client's errno shows, and does not count
 * failures of another namespace between the same addresses. Mounts a tracefs of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FailedConnect } from '../../daemon/pool/failed-connect.js';
import { CLIENT_ADDRESS, createLab, labScript, SERVER_ADDRESS, type Lab, type LabProcess } from './namespaces.js';

/** Of this test alone: a watcher also counts what a process of another test did that has ended by then. */
const PORT = 7461;
const PORTS = 50;

interface Outcome {
  readonly pid: number;
  readonly codes: Readonly<Record<string, number>>;
}
const outcomeOf = async (client: LabProcess): Promise<Outcome> =>
  JSON.parse(await client.line(/"codes"/, 20_000)) as Outcome;

type OnTestFinished = (done: () => void | Promise<void>) => void;

function mountTracefs(onTestFinished: OnTestFinished): string {
  const tracefs = mkdtempSync(join(tmpdir(), 'portcast-tracefs-'));
  onTestFinished(() => rmSync(tracefs, { recursive: true }));
  execFileSync('mount', ['-t', 'tracefs', 'nodev', tracefs]);
  onTestFinished(() => void execFileSync('umount', [tracefs]));
  return tracefs;
}

function labOf(name: string, onTestFinished: OnTestFinished): Lab {
  const lab = createLab({ name, range: [20_000, 20_000 + PORTS - 1] });
  onTestFinished(() => lab.close());
  return lab;
}

const client = (lab: Lab, ...args: (string | number)[]): LabProcess =>
  lab.start('client', [...labScript('lab/failing-client.ts'), ...args.map(String)]);

/** Ends the watcher and returns what it has counted. */
async function seenBy(watcher: LabProcess): Promise<{ failures: FailedConnect[]; lost: number }> {
  const done = watcher.line(/"failures"/, 10_000);
  expect(await watcher.stop()).toBe(0);
  const seen = JSON.parse(await done) as { failures: FailedConnect[]; lost: number };
  return { ...seen, failures: seen.failures.filter(({ kind, remotePort }) => kind === 'bind' || remotePort === PORT) };
}

it('counts every connect of this namespace that failed because no port was free, and no other', async ({
  onTestFinished,
}) => {
  const tracefs = mountTracefs(onTestFinished);
  const [ours, other] = [labOf('trf', onTestFinished), labOf('tro', onTestFinished)];
  const labs = [ours, other];
  const listeners = labs.map((lab) => lab.start('server', [...labScript('tools/league/server.ts'), String(PORT)]));
  const watcher = ours.start('client', [...labScript('lab/failure-watch.ts'), tracefs]);
  await Promise.all(listeners.map((listener) => listener.line(/listening/, 20_000)));
  expect(JSON.parse(await watcher.line(/watching/, 20_000))).toEqual({ watching: 'yes' });

  expect((await outcomeOf(client(ours, SERVER_ADDRESS, 7999, 5))).codes).toEqual({ ECONNREFUSED: 5 });
  const [mine, foreign] = await Promise.all([
    outcomeOf(client(ours, SERVER_ADDRESS, PORT, 83)),
    outcomeOf(client(other, SERVER_ADDRESS, PORT, 90)),
  ]);
  const mapped = await outcomeOf(client(ours, `::ffff:${SERVER_ADDRESS}`, PORT, 4));
  expect(foreign.codes).toEqual({ connected: PORTS, EADDRNOTAVAIL: 90 - PORTS });
  expect(mine.codes).toEqual({ connected: PORTS, EADDRNOTAVAIL: 83 - PORTS });
  expect(mapped.codes).toEqual({ EADDRNOTAVAIL: 4 });

  const seen = await seenBy(watcher);
  console.log(`own errno ${83 - PORTS} + 4, counted ${seen.failures.length}, lost ${seen.lost}; foreign ${90 - PORTS}`);
  expect(seen.lost).toBe(0);
  const by = (pid: number): FailedConnect[] => seen.failures.filter((failure) => failure.pid === pid);
  expect(by(mine.pid)).toHaveLength(83 - PORTS);
  expect(by(mapped.pid)).toHaveLength(4);
  expect(seen.failures).toHaveLength(83 - PORTS + 4);
  // Connects to mapped addresses fail with the addresses of the IPv4 pool that they share.
  for (const failure of seen.failures) {
    expect(failure).toMatchObject({
      kind: 'connect',
      localAddress: CLIENT_ADDRESS,
      remoteAddress: SERVER_ADDRESS,
      remotePort: PORT,
    });
    expect(Math.abs(failure.atMs - Date.now())).toBeLessThan(30_000);
  }
  expect(
    readdirSync(join(tracefs, 'instances')).filter((name) => name === `portcast-${watcher.child.pid ?? 0}`),
  ).toEqual([]);
});

it('counts the binds to port 0 that failed, with their processes', async ({ onTestFinished }) => {
  const tracefs = mountTracefs(onTestFinished);
  const lab = labOf('trb', onTestFinished);
  const listener = lab.start('server', [...labScript('tools/league/server.ts'), String(PORT)]);
  const watcher = lab.start('client', [...labScript('lab/failure-watch.ts'), tracefs, 'binds']);
  await listener.line(/listening/, 20_000);
  expect(JSON.parse(await watcher.line(/watching/, 20_000))).toEqual({ watching: 'yes' });

  const binding = await outcomeOf(client(lab, SERVER_ADDRESS, PORT, 61, CLIENT_ADDRESS));
  expect(binding.codes).toEqual({ connected: PORTS, EADDRINUSE: 61 - PORTS });
  const { failures, lost } = await seenBy(watcher);
  console.log(`own errno ${61 - PORTS}, counted ${failures.length}, lost ${lost}`);
  expect(lost).toBe(0);
  expect(failures).toHaveLength(61 - PORTS);
  for (const failure of failures) {
    expect(failure).toMatchObject({ kind: 'bind', pid: binding.pid, remoteAddress: null, remotePort: null });
  }
});
