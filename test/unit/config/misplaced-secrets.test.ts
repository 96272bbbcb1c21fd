/** A password in the wrong place, or one that YAML reads as something else: no error may quote it. */
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../daemon/config/load.js';
import { parseConfig } from '../../../daemon/config/parse.js';

const SECRET = 'hunter2';
const smtp = (line: string) => `mail:\n  smtp:\n    host: smtp.example.org\n    user: u\n    ${line}\n`;

const CASES: readonly [name: string, yaml: string][] = [
  ['a URL with a login in place of a section', `mail:\n  smtp: smtp://user:${SECRET}@host\n`],
  [
    'a URL with a login as the host',
    smtp(`host: smtp://user:${SECRET}@mail.example.org`).replace(/ +host: smtp\.e.*\n/, ''),
  ],
  ['a login before the host', `mail:\n  smtp: { host: "user:${SECRET}@mail.example.org" }\n`],
  ['a password as the port', smtp(`port: ${SECRET}`)],
  ['a password as the security', smtp(`security: ${SECRET}`)],
  ['a password as a list', smtp(`passwordFile: [${SECRET}]`)],
  ['a password as a list of users', smtp(`timeout: [u, ${SECRET}]`)],
  ['a password as a mapping', smtp(`port: { ${SECRET}: x }`)],
  ['a password as a key', smtp(`${SECRET}: x`)],
  ['a password as a key of the file', `${SECRET}: x\n`],
  ['a password among the keys of a flow mapping', `mail: { smtp: { host: a.org, password:${SECRET} } }\n`],
  ['a password in an unknown key', smtp(`pass: ${SECRET}`)],
  ['a password in an unknown section', smtp(`login: { password: ${SECRET} }`)],
  ['a password twice', smtp(`${SECRET}: x\n    ${SECRET}: y`)],
  ['a password as the sender', `mail:\n  from: ${SECRET}\n`],
  ['a password as a recipient', `mail:\n  to: [ops@example.org, ${SECRET}]\n`],
  ['a password as the dashboard', `mail:\n  dashboardUrl: ${SECRET}\n`],
  ['a password as a schedule', `sampling:\n  schedule: ${SECRET} * * * * *\n`],
  ['a password as a log level', `log: { level: ${SECRET} }\n`],
  ['a password that begins like an alias', smtp(`passwordFile: *${SECRET}`)],
  ['a password of letters that begins like an alias', smtp('passwordEnv: *hunter')],
  ['a password that begins like a tag', smtp(`passwordFile: !${SECRET}`)],
  ['a password that begins like a tag of YAML', smtp(`passwordFile: !!${SECRET}`)],
  ['a password that begins with an at sign', smtp(`passwordFile: @${SECRET}`)],
  ['a password that begins with a backtick', smtp(`passwordFile: \`${SECRET}`)],
  ['a password that begins with a bracket', smtp(`passwordFile: [${SECRET}`)],
  ['a password that begins with a closing bracket', smtp(`passwordFile: ]${SECRET}`)],
  ['a password that begins with a quote', smtp(`passwordFile: "${SECRET}`)],
  ['a password with an escape', smtp(`passwordFile: "\\${SECRET}"`)],
  ['a password that begins with a bar', smtp(`passwordFile: |${SECRET}`)],
  ['a password that begins with a colon', smtp(`passwordFile: : ${SECRET}`)],
  ['a password that begins with a percent sign', `%${SECRET}\n---\nhost: {}\n`],
  ['a password alone', `${SECRET}\n`],
  ['a password after a value', `mail: { from: a@b.org } ${SECRET}\n`],
];

describe('an error about a misplaced secret', () => {
  it.each(CASES)('does not quote %s', (_name, yaml) => {
    const parsed = parseConfig(yaml);
    const errors = parsed.ok ? [] : parsed.problems.map((problem) => formatProblem('portcast.yaml', problem));
    expect(errors).not.toEqual([]);
    expect(errors.join('\n')).not.toMatch(/hunter/i);
    // The line leads to the value that is not quoted.
    expect(errors[0]).toMatch(/^portcast\.yaml:\d+: /);
  });
});
