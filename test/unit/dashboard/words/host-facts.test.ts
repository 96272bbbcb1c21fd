import { describe, expect, it } from 'vitest';
import { listHostFacts } from '../../../../dashboard/src/words/host-facts.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { NOW } from '../../../builders/wire-pool.js';

function readFacts(scenario: 'steady' | 'hostile' | 'many') {
  const facts = listHostFacts(cannedSample(scenario, NOW, NOW).status).flatMap((group) => group.facts);
  return new Map(facts.map((fact) => [fact.name, fact]));
}

describe('listHostFacts', () => {
  it('states the limits', () => {
    const facts = readFacts('steady');
    expect(facts.get('Ephemeral range')?.value).toBe('32768–60999');
    expect(facts.get('Release step')?.value).toBe('2.048 s (learned)');
    expect(facts.get('Reuse')?.value).toBe('loopback only');
    expect(facts.get('Share of a core')?.value).toBe('0.4% of 1%');
  });
  it('explains each of its 20 facts', () => {
    const helps = [...readFacts('steady').values()].map(({ help }) => help);
    expect(helps).toHaveLength(20);
    expect(helps.filter((help) => help === '')).toEqual([]);
  });
  it('says that bound ports cannot be seen where they cannot', () => {
    const { status } = cannedSample('steady', NOW, NOW);
    const host = { ...status.host, boundPortsNote: 'ports that are bound cannot be seen' };
    const [ports] = listHostFacts({ ...status, host });
    const help = ports?.facts.find(({ name }) => name === 'A new destination')?.help;
    expect(help).toContain('Ports that are bound cannot be seen. Each');
    expect(readFacts('steady').get('A new destination')?.help).not.toContain('cannot be seen');
  });
  it('gives the reason for slow sampling', () => {
    expect(readFacts('many').get('Share of a core')?.help).toContain('Sampling every 5 s');
  });
  it('says where the system does not report a limit', () => {
    const facts = readFacts('hostile');
    expect(facts.get('TIME_WAIT')?.value).toBe('60 s (assumed)');
    expect(facts.get('Release step')?.value).toBe('2.048 s (upper bound)');
    expect(facts.get('Reuse')?.value).toBe('not on this system');
    expect(facts.get('TIME_WAIT buckets')?.value).toBe('unknown');
    expect(facts.get('Cost of a read')?.value).toBe('not measured yet');
  });
});
