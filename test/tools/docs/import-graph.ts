/** Reads which folders of the program import which others. */
import { cruise, type ICruiseResult } from 'dependency-cruiser';

/** From an importing node to the nodes that it imports. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** The files of daemon/ itself that have a place in the data flow; the others are small helpers of every folder. */
const OWN_NODES: Readonly<Record<string, string>> = {
  'daemon/app.ts': 'app',
  'daemon/cycle.ts': 'cycle',
  'daemon/sampler.ts': 'cycle',
  // These describe data only and import each other's types, so they are one node.
  'daemon/contracts.ts': 'contracts',
  'daemon/dump-contracts.ts': 'contracts',
  'daemon/notify-contracts.ts': 'contracts',
  'daemon/wire': 'contracts',
};

/** Reads the imports of daemon/ and dashboard/src in the working folder, those of types included. */
export async function readImportGraph(): Promise<ImportGraph> {
  const { output } = await cruise(['daemon', 'dashboard/src'], {
    tsPreCompilationDeps: true,
    includeOnly: '^(daemon|dashboard/src)/',
  });
  const graph = new Map<string, Set<string>>();
  for (const { source, dependencies } of (output as ICruiseResult).modules) {
    for (const { resolved } of dependencies) addImport(graph, findNode(source), findNode(resolved));
  }
  return graph;
}

/** @returns the node that a file belongs to; null for a file that is left out. */
export function findNode(file: string): string | null {
  if (file.startsWith('dashboard/')) return 'dashboard';
  const [, folder, ...rest] = file.split('/');
  if (folder === undefined) return null;
  const place = `daemon/${folder}`;
  return OWN_NODES[place] ?? (rest.length > 0 ? folder : null);
}

function addImport(graph: Map<string, Set<string>>, from: string | null, to: string | null): void {
  if (from === null || to === null || from === to) return;
  const imports = graph.get(from) ?? new Set();
  graph.set(from, imports.add(to));
}
