/** Suggests the key that was meant by a misspelled one. */
import { findSection, type Section } from './sections.js';

/** All dotted keys of the schema, sections included: `store`, `store.retention`, `store.retention.raw`. */
export function listKeys(schema: Section, prefix = ''): string[] {
  return Object.entries(schema.shape).flatMap(([name, child]) => {
    const key = prefix + name;
    const inner = findSection(child);
    return inner === null ? [key] : [key, ...listKeys(inner, `${key}.`)];
  });
}

/** The nearest key: misspelled in its section, or spelled correctly in a wrong section. Null when none is near. */
export function findNearestKey(key: string, keys: readonly string[]): string | null {
  const name = leaf(key);
  const ranked = keys
    .map((candidate) => {
      const distance = editDistance(leaf(candidate).toLowerCase(), name.toLowerCase());
      return { candidate, distance, elsewhere: parent(candidate) === parent(key) ? 0 : 1 };
    })
    .filter(({ distance, elsewhere }) => distance <= (elsewhere === 1 ? 0 : Math.max(1, Math.floor(name.length / 3))))
    .sort((a, b) => a.distance - b.distance || a.elsewhere - b.elsewhere);
  return ranked[0]?.candidate ?? null;
}

function leaf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function parent(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('.')));
}

/** Damerau-Levenshtein distance (optimal string alignment): two swapped letters count as one error. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const best = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? Infinity) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      row.push(swapped ? Math.min(best, at(i - 2, j - 2) + 1) : best);
    }
  }
  return at(a.length, b.length);
}
