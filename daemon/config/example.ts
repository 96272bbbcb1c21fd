/** The example file and `config show`: the schema, walked in its own order and written as YAML. */
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { ConfigDocument, Path } from './document.js';
import { configSchema, keyDocs } from './schema.js';
import { nullableSection, sectionOf, type Section } from './sections.js';

const WIDTH = 100;

/** The text of config.example.yaml: every key with its default and what it does; loading it gives the defaults. */
export function renderExample(): string {
  const head = [
    '# portcast configuration. Every key stands here with its default: keep only what you change.',
    '# Looked for at --config, then $PORTCAST_CONFIG, then /etc/portcast/config.yaml. Check it: portcast config check FILE',
    '# Durations take ms, s, m, h or d, sizes take KiB, MiB or GiB, ratios are written 0.9 or 90%.',
  ];
  const sections = Object.entries(configSchema.shape).map(([name, child]) => exampleOf(name, child).join('\n'));
  return `${head.join('\n')}\n\n${sections.join('\n\n')}\n`;
}

/** One line of `config show`. */
export interface ShownValue {
  readonly key: string;
  /** As the file spells it; defaults as the example spells them. */
  readonly value: unknown;
  /** The line of the file that sets it; null for a default. */
  readonly line: number | null;
}

/** Every setting in effect and where it came from. Secrets are never in the file, so none is shown. */
export function listShownValues(document: ConfigDocument): ShownValue[] {
  return shownOf(configSchema, [], document);
}

function shownOf(schema: Section, path: Path, document: ConfigDocument): ShownValue[] {
  return Object.entries(schema.shape).flatMap(([name, child]) => {
    const here = [...path, name];
    const value = valueAt(document.data, here);
    const section = sectionOf(child);
    const isSet = section === null ? value !== undefined : typeof value === 'object' && value !== null;
    if (section !== null && (isSet || nullableSection(child) === null)) return shownOf(section, here, document);
    const fallback = keyDocs.get(child as z.ZodType)?.default;
    const line = value === undefined ? null : document.lineOf(here);
    return [{ key: here.join('.'), value: value === undefined ? fallback : value, line }];
  });
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, part) => {
    return typeof node === 'object' && node !== null ? (node as Record<string | number, unknown>)[part] : undefined;
  }, data);
}

function exampleOf(name: string, schema: z.core.$ZodType): string[] {
  const doc = keyDocs.get(schema as z.ZodType);
  const about = comment(doc?.description ?? '');
  const optional = nullableSection(schema);
  const section = optional ?? sectionOf(schema);
  if (section === null) {
    const lines = [...about, `${name}: ${scalar(doc?.default ?? null)}`];
    return doc?.example === undefined ? lines : [...lines, `# ${name}: ${scalar(doc.example)}`];
  }
  const inside = Object.entries(section.shape).flatMap(([child, type]) => {
    return optional === null ? exampleOf(child, type) : optionalExampleOf(child, type);
  });
  const block = inside.map((line) => `  ${line}`);
  if (optional === null) return [...about, `${name}:`, ...block];
  return [...about, `${name}: null`, ...[`${name}:`, ...block].map((line) => `# ${line}`)];
}

/** Inside a block that is commented out as a whole, a key stands once, with its example. */
function optionalExampleOf(name: string, schema: z.core.$ZodType): string[] {
  const doc = keyDocs.get(schema as z.ZodType);
  const fallback = doc?.default ?? null;
  const shown = fallback === null ? (doc?.example ?? null) : fallback;
  return [...comment(doc?.description ?? ''), `${name}: ${scalar(shown)}`];
}

function scalar(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(scalar).join(', ')}]` : stringify(value).trim();
}

function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
