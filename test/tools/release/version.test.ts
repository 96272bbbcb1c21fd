import { describe, expect, it } from 'vitest';
import { compareVersions, parseVersion, type Version } from './version.js';

/** The example of semver.org, section 11, from the lowest to the highest. */
const ASCENDING = [
  '0.9.0',
  '0.10.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '1.2.0',
  '2.0.0',
];

function parse(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`${text} is not a version`);
  return version;
}

describe('versions', () => {
  it('are ordered as semver.org orders them', () => {
    for (const [index, lower] of ASCENDING.entries()) {
      expect(compareVersions(parse(lower), parse(lower))).toBe(0);
      for (const higher of ASCENDING.slice(index + 1)) {
        expect(compareVersions(parse(lower), parse(higher)), `${lower} < ${higher}`).toBeLessThan(0);
        expect(compareVersions(parse(higher), parse(lower)), `${higher} > ${lower}`).toBeGreaterThan(0);
      }
    }
  });

  it.each(['', '1', '1.2', 'v1.2.3', '1.2.3.4', '01.2.3', '1.2.x', '1.2.3-', '1.2.3+build', ' 1.2.3'])(
    'refuses "%s"',
    (text) => expect(parseVersion(text)).toBeNull(),
  );
});
