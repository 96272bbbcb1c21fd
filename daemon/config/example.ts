/** Writes the schema as YAML, in its own order: for the example file and for `config show`. */
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { ConfigDocument, Path } from './document.js';
import { keyDocs } from './key-definition.js';
import { configSchema } from './schema.js';
import { findNullableSection, findSection, type Section } from './sections.js';

const COMMENT_WIDTH = 100;
const HEAD = [
  '# portcast configuration. Every key is shown with its default, so keep only the keys that you change.',
  '# portcast reads the file of --config, else $PORTCAST_CONFIG, else /etc/portcast/config.yaml.',
  '# Check a file with: portcast config check FILE',
  '# Durations have the unit ms, s, m, h or d, sizes KiB, MiB or GiB. A ratio is written as 0.9 or 90%.',
];

/** The text of config.example.yaml: every key with its default and its description. Loading it gives the defaults. */
export function renderExample(): string {
  const sections = Object.entries(configSchema.shape).map(([name, child]) => renderKey(name, child).join('\n'));
  return `${HEAD.join('\n')}\n\n${sections.join('\n\n')}\n`;
}

/** One line of `config show`. */
interface ShownValue {
  readonly key: string;
  /** Spelled as in the file, a default as in the example. */
  readonly value: unknown;
  /** The line that sets it; null for a default. */
  readonly line: number | null;
}

/** Every setting in effect and its line. What may hold a secret is masked. */
export function listShownValues(document: ConfigDocument): ShownValue[] {
  return listSectionValues(configSchema, [], document);
}

function listSectionValues(schema: Section, path: Path, document: ConfigDocument): ShownValue[] {
  return Object.entries(schema.shape).flatMap(([name, child]) => {
    const here = [...path, name];
    const value = valueAt(document.data, here);
    const section = findSection(child);
    const isSet = section === null ? value !== undefined : typeof value === 'object' && value !== null;
    if (section !== null && (isSet || findNullableSection(child) === null))
      return listSectionValues(section, here, document);
    const fallback = keyDocs.get(child as z.ZodType)?.default;
    const line = value === undefined ? null : document.lineOf(here);
    const mask = keyDocs.get(child as z.ZodType)?.mask ?? ((shown: unknown) => shown);
    return [{ key: here.join('.'), value: value === undefined ? fallback : mask(value), line }];
  });
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, part) => {
    return typeof node === 'object' && node !== null ? (node as Record<string | number, unknown>)[part] : undefined;
  }, data);
}

function renderKey(name: string, schema: z.core.$ZodType): string[] {
  const doc = keyDocs.get(schema as z.ZodType);
  const about = wrapComment(doc?.description ?? '');
  const optional = findNullableSection(schema);
  const section = optional ?? findSection(schema);
  if (section === null) {
    const lines = [...about, `${name}: ${formatScalar(doc?.default ?? null)}`];
    return doc?.example === undefined ? lines : [...lines, `# ${name}: ${formatScalar(doc.example)}`];
  }
  const inside = Object.entries(section.shape).flatMap(([child, type]) => {
    return optional === null ? renderKey(child, type) : renderCommentedKey(child, type);
  });
  const block = inside.map((line) => `  ${line}`);
  if (optional === null) return [...about, `${name}:`, ...block];
  return [...about, `${name}: null`, ...[`${name}:`, ...block].map((line) => `# ${line}`)];
}

/** In a section that is commented out as a whole, a key appears once, with its example as the value. */
function renderCommentedKey(name: string, schema: z.core.$ZodType): string[] {
  const doc = keyDocs.get(schema as z.ZodType);
  const fallback = doc?.default ?? null;
  const shown = fallback === null ? (doc?.example ?? null) : fallback;
  return [...wrapComment(doc?.description ?? ''), `${name}: ${formatScalar(shown)}`];
}

function formatScalar(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatScalar).join(', ')}]`;
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function wrapComment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > COMMENT_WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
