/** What must be true of the Node that runs us, said in words a user can act on. Imports nothing that may not load. */
const REQUIRED: readonly [number, number] = [20, 19];

/** @param version `process.versions.node`. @returns the text for the user, or null when it will do. */
export function findNodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1])) return null;
  return (
    `portcast needs Node.js ${REQUIRED.join('.')} or newer; this is ${version}.\n` +
    'Install Node.js 22 or 24 (https://nodejs.org), or 20 with a C++ compiler, make and Python, and run npm ci again.'
  );
}

/** @returns what to do when the native part of better-sqlite3 is missing or was built for another Node, else null. */
export function explainBindingError(message: string, version: string): string | null {
  const missing = message.includes('Could not locate the bindings file');
  const mismatch = message.includes('NODE_MODULE_VERSION');
  if (!missing && !mismatch) return null;
  const what = missing ? 'is not built' : `was built for another Node.js than this ${version}`;
  return (
    `the native part of better-sqlite3 ${what}. In the folder of portcast run:\n` +
    '  npm rebuild better-sqlite3        (npm 12: npm rebuild --allow-scripts=better-sqlite3 better-sqlite3)\n' +
    'With Node.js 20 that compiles it: it takes a C++ compiler, make and Python.'
  );
}
