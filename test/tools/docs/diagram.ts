/** Draws the import graph as a mermaid flow chart. Pure. */
import type { ImportGraph } from './import-graph.js';

interface Group {
  readonly title: string;
  /** Each node with its label. */
  readonly nodes: Readonly<Record<string, string>>;
}

const GROUPS: readonly Group[] = [
  { title: 'wiring', nodes: { cli: 'cli/', app: 'app.ts' } },
  {
    title: 'edges',
    nodes: Object.fromEntries(
      ['source', 'sampling', 'store', 'notify', 'api', 'config', 'service', 'replay', 'drill'].map((name) => [
        name,
        `${name}/`,
      ]),
    ),
  },
  { title: 'flow and types', nodes: { cycle: 'cycle.ts', contracts: 'contracts.ts, wire/' } },
  {
    title: 'core',
    nodes: Object.fromEntries(
      [
        'access',
        'incident',
        'alert',
        'advice',
        'change',
        'outage',
        'score',
        'forecast',
        'pool',
        'snapshot',
        'host',
      ].map((name) => [name, `${name}/`]),
    ),
  },
  { title: 'browser', nodes: { dashboard: 'dashboard/' } },
];

/**
 * @returns the text of the chart, in which an import that follows from others is left out.
 * @throws Error when folders import each other in a circle, or a folder has no group.
 */
export function drawDiagram(graph: ImportGraph): string {
  const grouped = new Set(GROUPS.flatMap(({ nodes }) => Object.keys(nodes)));
  const present = new Set([...graph.keys(), ...[...graph.values()].flatMap((imports) => [...imports])]);
  const missing = [...present].filter((node) => !grouped.has(node));
  if (missing.length > 0) throw new Error(`diagram.ts has no group for the folder: ${missing.join(', ')}`);
  return [
    '```mermaid',
    'flowchart TB',
    ...GROUPS.flatMap(drawGroup),
    ...listDirectImports(graph).map(([from, to]) => `  ${from} --> ${to}`),
    '```',
  ].join('\n');
}

function drawGroup({ title, nodes }: Group): string[] {
  const lines = Object.entries(nodes).map(([node, label]) => `    ${node}["${label}"]`);
  return [`  subgraph ${title.replaceAll(' ', '_')} ["${title}"]`, ...lines, '  end'];
}

/**
 * The transitive reduction: the imports that no longer way through other nodes implies, sorted by name.
 * @throws Error when the graph has a circle, because its reduction is not unique then.
 */
export function listDirectImports(graph: ImportGraph): [string, string][] {
  const reachable = new Map([...graph.keys()].map((node) => [node, findReachable(graph, node)]));
  for (const [node, nodes] of reachable) {
    if (nodes.has(node)) throw new Error(`the folder ${node} imports itself in a circle through other folders`);
  }
  return [...graph]
    .flatMap(([from, imports]) =>
      [...imports]
        .filter((to) => ![...imports].some((other) => other !== to && reachable.get(other)?.has(to) === true))
        .map((to): [string, string] => [from, to]),
    )
    .sort(([a, b], [c, d]) => `${a} ${b}`.localeCompare(`${c} ${d}`));
}

function findReachable(graph: ImportGraph, start: string): Set<string> {
  const found = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return found;
}
