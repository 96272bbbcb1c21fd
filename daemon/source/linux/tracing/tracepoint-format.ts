/**
 * The `format` file of a tracepoint. Ids, offsets and fields differ from kernel to kernel; the file says what an event has
 * on the kernel at hand.
 */

/** The fields of the event, by the names that a filter uses. Those that all events have (`common_pid`) are left out. */
export function parseFormatFields(text: string): Set<string> {
  const names = [...text.matchAll(/^\tfield:[^;\n]*?(\w+)(?:\[\d*\])?;/gm)].map((match) => match[1] ?? '');
  return new Set(names.filter((name) => name !== '' && !name.startsWith('common_')));
}
