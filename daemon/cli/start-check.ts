/** Checks the version of Node.js. This file imports nothing, so that every older Node.js can load it. */

/** The oldest Node.js that can run portcast, as major and minor version: better-sqlite3 crashes on older ones. */
const REQUIRED: readonly [number, number] = [22, 14];

/**
 * Compares the running Node.js with the one that portcast needs.
 * @param version the running version, in the form of `process.versions.node`.
 * @returns null when the version is new enough, else one line for the user that says what to do.
 */
export function findNodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1])) return null;
  return (
    `portcast needs Node.js ${REQUIRED.join('.')} or later, and this is ${version}: ` +
    'start it by npm or npx in its folder (npm ci has put a newer Node.js there), or install Node.js 22 or 24.'
  );
}
