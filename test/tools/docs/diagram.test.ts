import { describe, expect, it } from 'vitest';
import { drawDiagram, listDirectImports } from './diagram.js';
import { findNode } from './import-graph.js';

const graph = (imports: Record<string, string[]>) =>
  new Map(Object.entries(imports).map(([from, to]) => [from, new Set(to)]));

describe('the diagram of the imports', () => {
  it('leaves out an import that others imply', () => {
    const imports = graph({
      app: ['store', 'cycle', 'host'],
      cycle: ['pool', 'host'],
      pool: ['host'],
      store: ['host'],
    });
    expect(listDirectImports(imports)).toEqual([
      ['app', 'cycle'],
      ['app', 'store'],
      ['cycle', 'pool'],
      ['pool', 'host'],
      ['store', 'host'],
    ]);
  });

  it('refuses a circle of folders', () => {
    expect(() => drawDiagram(graph({ pool: ['host'], host: ['snapshot'], snapshot: ['pool'] }))).toThrow(
      /imports itself in a circle/,
    );
  });

  it('refuses a folder that has no place in it', () => {
    expect(() => drawDiagram(graph({ pool: ['weather'] }))).toThrow(/no group for the folder: weather/);
  });

  it('is a mermaid chart with its groups', () => {
    const lines = drawDiagram(graph({ pool: ['host'] })).split('\n');
    expect(lines.slice(0, 2)).toEqual(['```mermaid', 'flowchart TB']);
    expect(lines).toContain('  subgraph core ["core"]');
    expect(lines).toContain('    pool["pool/"]');
    expect(lines.slice(-2)).toEqual(['  pool --> host', '```']);
  });

  it.each([
    ['daemon/store/series/codec.ts', 'store'],
    ['daemon/app.ts', 'app'],
    ['daemon/wire/pool.ts', 'contracts'],
    ['daemon/contracts.ts', 'contracts'],
    ['daemon/units.ts', null],
    ['dashboard/src/chart/marks.ts', 'dashboard'],
  ])('puts %s into %s', (file, node) => expect(findNode(file)).toBe(node));
});
