import { expect, it } from 'vitest';
import { skipsBoundPorts } from '../../../daemon/host/kernel-release.js';

it.each<[string, boolean | undefined]>([
  ['2.6.32-754.el6.x86_64', true],
  ['5.10.0-46-cloud-amd64', true],
  ['6.1.176', true],
  ['6.9', true],
  ['6.17.13-generic', true],
  ['6.18.0-rc1', false],
  ['6.18.44-cloud', false],
  ['6.100.1', false],
  ['7.0', false],
  ['10.1', false],
  ['', undefined],
  ['next-20260101', undefined],
  ['6', undefined],
])('the kernel %j skips ports that were bound before: %s', (release, expected) => {
  expect(skipsBoundPorts(`${release}\n`)).toBe(expected);
});
