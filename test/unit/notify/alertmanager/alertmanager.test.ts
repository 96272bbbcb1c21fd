import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listAlerts, type AlertmanagerAlert } from '../../../../daemon/notify/alertmanager/alerts.js';
import { MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { alertmanagerScene } from '../../../builders/alertmanager-scene.js';
import { answerWith, startReceiver, targetOf } from '../../../builders/http-receiver.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { requireValue } from '../../../builders/require-value.js';

const parse = (body: string): AlertmanagerAlert[] => JSON.parse(body) as AlertmanagerAlert[];

async function setUp() {
  const receiver = await startReceiver();
  const played = alertmanagerScene([targetOf(`${receiver.url}/am/`, { headers: { Authorization: 'Bearer token' } })]);
  const lastPush = (): AlertmanagerAlert[] => parse(requireValue(receiver.requests.at(-1)).body);
  const isFiring = ({ endsAt }: AlertmanagerAlert): boolean => Date.parse(endsAt) > played.clock.wallMs();
  const listFiring = (): string[] =>
    lastPush()
      .filter(isFiring)
      .map(({ labels }) => `${String(labels['pool'])} ${String(labels['severity'])}`);
  return { receiver, ...played, lastPush, listFiring };
}

describe('Alertmanager', () => {
  it('has one alert for each part of portcast that is in trouble', async () => {
    const { scene, step, listFiring } = await setUp();
    scene.fire({ pool: 'store', rule: 'trouble', severity: 'warning', part: 'store' });
    scene.fire({ pool: 'mail', rule: 'trouble', severity: 'warning', part: 'mail' });
    await step();
    expect(listFiring().sort()).toEqual(['trouble_mail warning', 'trouble_store warning']);
  });

  it('is told at once of an alert, and again while it fires, always with an end ahead', async () => {
    const { receiver, scene, clock, step, wait, lastPush, listFiring } = await setUp();
    scene.fire({ pool: 'a' });
    await step();
    expect(receiver.requests.at(-1)).toMatchObject({
      path: '/am/api/v2/alerts',
      headers: { authorization: 'Bearer token' },
    });
    const [first] = lastPush();
    expect(first).toMatchObject({
      labels: {
        alertname: 'PortcastPool',
        instance: 'web-1',
        pool: 'a',
        severity: 'critical',
        destination: '10.0.0.2:443',
      },
      annotations: { remedies: 'Widen the range', pools: '1' },
      generatorURL: 'http://127.0.0.1:9470/',
    });
    const before = receiver.requests.length;
    await wait(30 * SECOND_MS);
    expect(receiver.requests).toHaveLength(before);
    await wait(30 * SECOND_MS);
    expect(receiver.requests).toHaveLength(before + 1);
    expect(listFiring()).toEqual(['a critical']);
    const [again] = lastPush();
    expect(again?.labels).toEqual(first?.labels);
    expect(again?.startsAt).toBe(first?.startsAt);
    expect(Date.parse(requireValue(again).endsAt)).toBe(clock.wallMs() + 4 * MINUTE_MS);
  });

  it('is not told of an end while the incident waits for quiet, then for a quarter of an hour', async () => {
    const { scene, step, wait, lastPush, listFiring } = await setUp();
    const alert = scene.fire({ pool: 'a' });
    await step();
    scene.resolve(alert);
    await step();
    await step(30 * SECOND_MS);
    expect(listFiring()).toEqual(['a critical']);
    await step(MINUTE_MS);
    expect(listFiring()).toEqual([]);
    expect(lastPush()).toHaveLength(1);
    const { endsAt } = requireValue(lastPush()[0]);
    await wait(10 * MINUTE_MS);
    expect(requireValue(lastPush()[0]).endsAt).toBe(endsAt);
    await wait(10 * MINUTE_MS);
    expect(lastPush()).toEqual([]);
  });

  it('has a second alert of a pool that gets worse, and the identity of none ever changes', async () => {
    const { scene, step, listFiring } = await setUp();
    const warning = scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    await step();
    expect(listFiring()).toEqual(['a warning']);
    const critical = scene.fire({ pool: 'a' });
    await step();
    expect(listFiring()).toEqual(['a warning', 'a critical']);
    scene.resolve(critical);
    await step();
    await step(2 * MINUTE_MS);
    expect(listFiring()).toEqual(['a warning']);
    scene.resolve(warning);
    await step();
    await step(2 * MINUTE_MS);
    expect(listFiring()).toEqual([]);
  });

  it('is told again after a failure, and shown as a problem until then', async () => {
    const { receiver, scene, health, alertmanager, step, wait, listFiring } = await setUp();
    receiver.answer = answerWith(503, 'starting');
    scene.fire({ pool: 'a' });
    await step();
    expect(health.problems.get('alertmanager')).toBe(`${receiver.url} answered 503 starting`);
    expect(alertmanager.figures()).toMatchObject({ pending: 1, lastSentAtMs: null });
    receiver.answer = answerWith(200);
    await wait(10 * SECOND_MS);
    expect(listFiring()).toEqual(['a critical']);
    expect(health.problems.has('alertmanager')).toBe(false);
    expect(alertmanager.figures()).toMatchObject({ pending: 0, lastError: null });
  });

  it('is told of what its incident no longer holds that it has ended', async () => {
    const { scene, clock, alertmanager, step, lastPush, listFiring } = await setUp();
    scene.fire({ pool: 'a' });
    await step();
    alertmanager.update([]);
    await alertmanager.settle();
    expect(listFiring()).toEqual([]);
    expect(lastPush()).toMatchObject([{ labels: { pool: 'a' }, endsAt: new Date(clock.wallMs()).toISOString() }]);
  });
});

it('tells every member of a cluster, and none waits for another', async () => {
  const good = await startReceiver();
  const silent = await startReceiver(() => undefined);
  const { scene, clock, alertmanager } = alertmanagerScene([
    targetOf(silent.url, { timeoutMs: 60_000 }),
    targetOf(good.url),
  ]);
  scene.fire({ pool: 'a' });
  scene.step();
  clock.advance(2000);
  alertmanager.update(scene.incidents());
  for (let waited = 0; waited < 500 && good.requests.length === 0; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(parse(requireValue(good.requests[0]).body)).toMatchObject([{ labels: { pool: 'a' } }]);
});

it('puts any string of the host into values only, cleaned', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      const scene = incidentScene();
      scene.fire({ pool: 'a', processes: [text], place: { remoteAddress: text, namespace: text, localAddress: text } });
      scene.step();
      const context = {
        hostName: `h${text}`,
        dashboardUrl: 'http://127.0.0.1:9470/',
        severities: ['critical'] as const,
        repeatMs: 1000,
        adviseOn: () => text,
        nowMs: scene.nowMs(),
      };
      const [alert] = listAlerts(scene.incidents(), context).values();
      const { labels, annotations } = requireValue(alert);
      const names = ['alertname', 'destination', 'instance', 'local_address', 'namespace', 'pool', 'severity'];
      expect(Object.keys(labels).every((name) => names.includes(name))).toBe(true);
      expect([...Object.values(labels), ...Object.values(annotations)].join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }),
  );
});
