/** Incidents of a scene as an Alertmanager sees them. */
import { createAlertmanager, type Alertmanager } from '../../daemon/notify/alertmanager/alertmanager.js';
import type { HttpTarget } from '../../daemon/notify/http/request.js';
import { fakeClock, fakeHealth, fakeLog, type FakeClock, type FakeHealth } from '../fakes.js';
import { incidentScene, type IncidentScene } from './incident-scene.js';

interface AlertmanagerScene {
  readonly scene: IncidentScene;
  readonly clock: FakeClock;
  readonly health: FakeHealth;
  readonly alertmanager: Alertmanager;
  /** Lets time pass, makes a step, and waits until what follows from it was sent. */
  step(ms?: number): Promise<void>;
  /** The same without a step. */
  wait(ms: number): Promise<void>;
}

export function alertmanagerScene(targets: readonly HttpTarget[], repeatMs = 60_000): AlertmanagerScene {
  const scene = incidentScene();
  const clock = fakeClock(scene.nowMs());
  const health = fakeHealth();
  const describe = () => ({
    hostName: 'web-1',
    dashboardUrl: 'http://127.0.0.1:9470/',
    adviseOn: () => 'Widen the range',
  });
  const severities = ['critical', 'warning', 'info'] as const;
  const alertmanager = createAlertmanager({ targets, repeatMs, severities, clock, health, log: fakeLog(), describe });
  return {
    scene,
    clock,
    health,
    alertmanager,
    async step(ms = 2000) {
      clock.advance(ms);
      scene.step(ms);
      alertmanager.update(scene.incidents());
      alertmanager.tick();
      await alertmanager.settle();
    },
    async wait(ms) {
      clock.advance(ms);
      alertmanager.tick();
      await alertmanager.settle();
    },
  };
}
