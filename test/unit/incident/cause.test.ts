import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { incidentScene, type IncidentScene } from '../../builders/incident-scene.js';

const kindsOf = ({ notices }: IncidentScene): string[] => notices.map(({ kind }) => kind);

describe('one incident for each cause', () => {
  it('takes in every pool of one process, however late it joins', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', processes: ['psql'], place: { remoteAddress: '10.0.0.2' } });
    scene.step();
    scene.step(HOUR_MS / 2);
    scene.fire({ pool: 'b', processes: ['psql'], place: { remoteAddress: '10.0.0.3' } });
    scene.step();
    expect(scene.living()).toMatchObject([
      { cause: { kind: 'process', key: 'psql' }, pools: [{ id: 'a' }, { id: 'b' }] },
    ]);
    expect(kindsOf(scene)).toEqual(['first']);
    expect(scene.decisions.at(-1)).toMatchObject({ reason: 'inhibited', by: scene.living()[0]?.id });
  });

  it('keeps two processes apart, also towards one destination at the same time', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', processes: ['psql'] });
    scene.fire({ pool: 'b', processes: ['curl'] });
    scene.step();
    expect(scene.living().map(({ cause }) => cause.key)).toEqual(['a', 'b']);
    expect(kindsOf(scene)).toEqual(['first', 'first']);
  });

  it('takes in every port of one destination host', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', place: { remoteAddress: '10.0.0.2', remotePort: 80 } });
    scene.step(5 * MINUTE_MS);
    scene.fire({ pool: 'b', place: { remoteAddress: '10.0.0.2', remotePort: 443 } });
    scene.step(5 * MINUTE_MS);
    expect(scene.living()).toMatchObject([{ cause: { kind: 'destination', key: '10.0.0.2' } }]);
  });

  it('takes in pools of one local address that begin together, and no later one', () => {
    const scene = incidentScene();
    for (let pool = 0; pool < 500; pool++) {
      scene.fire({ pool: `p${pool}`, place: { localAddress: '10.0.0.1', remoteAddress: `10.1.0.${pool}` } });
      if (pool % 20 === 0) scene.step();
    }
    scene.step();
    expect(kindsOf(scene)).toEqual(['first']);
    expect(scene.living()).toMatchObject([{ cause: { kind: 'local address', key: '10.0.0.1' } }]);
    expect(scene.living()[0]?.pools).toHaveLength(500);
    scene.step(10 * MINUTE_MS);
    scene.fire({ pool: 'late', place: { localAddress: '10.0.0.1', remoteAddress: '10.2.0.1' } });
    scene.step();
    expect(kindsOf(scene)).toEqual(['first', 'first']);
  });

  it('keeps network namespaces apart', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', processes: ['psql'] });
    scene.fire({ pool: 'b', processes: ['psql'], place: { namespace: 'blue' } });
    scene.step();
    expect(scene.living()).toHaveLength(2);
  });

  it('takes in whatever runs out after the range shrank, and every pool while no port is usable', () => {
    const shrunk = incidentScene();
    shrunk.rangeShrankAtMs = shrunk.nowMs() - MINUTE_MS;
    shrunk.fire({ pool: 'a', processes: ['psql'] });
    shrunk.fire({ pool: 'b', processes: ['curl'], place: { localAddress: '10.9.9.9' } });
    shrunk.step();
    expect(shrunk.living()).toMatchObject([{ cause: { kind: 'range' }, pools: [{ id: 'a' }, { id: 'b' }] }]);
    const empty = incidentScene();
    empty.fire({ pool: '', rule: 'empty' });
    empty.step();
    empty.fire({ pool: 'a', processes: ['psql'] });
    empty.step(HOUR_MS / 2);
    expect(kindsOf(empty)).toEqual(['first']);
  });

  it('keeps the blindness of portcast apart from pools', () => {
    const scene = incidentScene();
    scene.fire({ pool: '', rule: 'blind' });
    scene.fire({ pool: 'a' });
    scene.step();
    expect(scene.living().map(({ cause }) => cause.kind)).toEqual(['portcast', 'pool']);
  });
});
