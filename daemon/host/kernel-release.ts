/** What the version number of a Linux kernel tells about its rules. */

/** The first version in which the bucket of a port forgets an explicit bind when the bound socket is closed. */
const FORGETS_BINDS_FROM = { major: 6, minor: 18 };

/**
 * Whether this kernel skips ports that were bound before (see `HostLimits.skipsBoundPorts`).
 * @param release as `uname -r` prints it, `6.12.117+deb13-amd64` for example.
 * @returns undefined where it begins with no version number.
 */
export function skipsBoundPorts(release: string): boolean | undefined {
  const match = /^\s*(\d+)\.(\d+)/.exec(release);
  if (match === null) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major < FORGETS_BINDS_FROM.major || (major === FORGETS_BINDS_FROM.major && minor < FORGETS_BINDS_FROM.minor);
}
