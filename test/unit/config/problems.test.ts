/**
 * Every kind of error in a configuration, with the exact text that a user reads. Renew with `npm run golden`, and
 * review the diff.
 */
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../daemon/config/load.js';
import { parseConfig } from '../../../daemon/config/parse.js';

function problems(text: string): string[] {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem('portcast.yaml', problem));
}

const CASES: readonly [name: string, yaml: string][] = [
  ['a misspelt section', 'stroe:\n  file: /x\n'],
  ['a misspelt key', 'store:\n  maxSzie: 1GiB\n'],
  ['a key in another case', 'store:\n  maxsize: 1GiB\n'],
  ['a key in the wrong section', 'port: 9470\n'],
  ['a key that resembles nothing', 'store:\n  wibble: 1\n'],
  ['a prototype key', '__proto__:\n  polluted: true\n'],
  ['a number without a unit', 'sampling:\n  maxInterval: 30\n'],
  ['a unit that does not exist', 'sampling:\n  maxInterval: 30sec\n'],
  ['a decimal size', 'store:\n  maxSize: 512MB\n'],
  ['a size below the minimum', 'store:\n  maxSize: 1MiB\n'],
  ['a ratio out of bounds', 'sampling:\n  budget: 200%\n'],
  ['a percentage without its sign', 'alerts:\n  use:\n    raise: 90\n'],
  ['a port out of range', 'http:\n  port: 70000\n'],
  ['a port that is text', 'http:\n  port: "9470"\n'],
  ['an address that is not loopback', 'http:\n  address: 0.0.0.0\n'],
  ['an address that only looks like loopback', 'http:\n  address: 127.0.0.1.example.org\n'],
  ['a time zone that does not exist', 'host:\n  timeZone: Europe/Berlni\n'],
  ['an offset in place of a time zone', 'host:\n  timeZone: "+02:00"\n'],
  ['an unknown source', 'sampling:\n  source: ebpf\n'],
  ['a schedule of five fields', 'sampling:\n  schedule: "*/2 * * * *"\n'],
  ['a schedule with a wrong field', 'sampling:\n  schedule: "61 * * * * *"\n'],
  ['a schedule that beats once a day', 'sampling:\n  schedule: "0 0 3 * * *"\n'],
  ['a schedule that is not text', 'sampling:\n  schedule: 2\n'],
  ['an unknown log level', 'log:\n  level: verbose\n'],
  ['a truth value that is text', 'alerts:\n  use:\n    mail: "yes"\n'],
  ['an empty value', 'http:\n  port:\n'],
  ['a section that is a value', 'store: /var/lib/x\n'],
  ['a section that is a list', 'store: [a]\n'],
  ['clear not below raise', 'alerts:\n  pressure:\n    raise: 80%\n    clear: 80%\n'],
  ['raise below the default clear', 'alerts:\n  pressure:\n    raise: 50%\n'],
  ['a leak that clears before it is raised', 'alerts:\n  leak:\n    raiseWithin: 2h\n    clearBeyond: 1h\n'],
  ['a busy budget below the budget', 'sampling:\n  budget: 10%\n'],
  ['retention in the wrong order', 'store:\n  retention:\n    raw: 20d\n    hour: 10d\n'],
  ['SMTP without a host, a sender and recipients', 'mail:\n  smtp:\n    port: 25\n'],
  [
    'a name for EHLO without a domain',
    'mail:\n  smtp: { host: smtp.example.org, name: web-1 }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  ['a host that is not a host name', 'mail:\n  smtp: { host: "smtp example" }\n  from: a@b.org\n  to: [c@d.org]\n'],
  [
    'a password in the file',
    'mail:\n  smtp:\n    host: smtp.example.org\n    password: hunter2\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  [
    'a password where the name of a variable belongs',
    'mail:\n  smtp: { host: smtp.example.org, user: u, passwordEnv: hunter2 }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  [
    'a password where the path of a file belongs',
    'mail:\n  smtp: { host: smtp.example.org, user: u, passwordFile: hunter2 }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  [
    'two passwords',
    'mail:\n  smtp: { host: smtp.example.org, user: u, passwordFile: /p, passwordEnv: P }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  [
    'a user without a password',
    'mail:\n  smtp: { host: smtp.example.org, user: u }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  [
    'a password without a user',
    'mail:\n  smtp: { host: smtp.example.org, passwordEnv: P }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  [
    'a password in the clear',
    'mail:\n  smtp: { host: smtp.example.org, security: none, user: u, passwordEnv: P }\n  from: a@b.org\n  to: [c@d.org]\n',
  ],
  ['a sender with a display name', 'mail:\n  from: "Portcast <a@b.org>"\n'],
  ['a sender that smuggles in a recipient', 'mail:\n  from: "a@b.org\\r\\nBcc: evil@x.y"\n'],
  ['a list of senders', 'mail:\n  from: "a@b.org, c@d.org"\n'],
  ['a recipient that is not an address', 'mail:\n  to: [ops]\n'],
  ['recipients that are not a list', 'mail:\n  to: ops@example.org\n'],
  ['the same recipient twice', 'mail:\n  to: [ops@example.org, OPS@example.org]\n'],
  ['a dashboard address that runs code', 'mail:\n  dashboardUrl: "javascript:alert(1)"\n'],
  ['control characters in a value', 'host:\n  name: "a\\e[31mb\\x9bc"\n'],
  ['a duplicate key', 'http:\n  port: 1\n  port: 2\n'],
  ['a tab', 'http:\n\tport: 1\n'],
  ['an alias', 'host: &h { name: a }\nhttp: *h\n'],
  ['an alias without an anchor', 'host: *nobody\n'],
  ['a tag', 'host:\n  name: !!js/function "x"\n'],
  ['two documents', 'host: {}\n---\nhttp: {}\n'],
  ['broken YAML', 'host: { name: a\nhttp: {}\n'],
  ['a list at the top', '- host\n'],
  ['a single value at the top', 'portcast\n'],
  [
    'everything at once, in the order of the file',
    'sampling:\n  budget: 7\n  beat: 2s\nhttp: { address: "::", port: -1 }\nstore:\n  retention: { raw: 1h, minute: 2h, hour: 1d }\n  maxSeries: many\nalerts:\n  use: { raise: 10% }\nmail:\n  to: [x]\n',
  ],
];

describe('the errors of a configuration', () => {
  it.each(CASES)('%s', (_name, yaml) => {
    const errors = problems(yaml);
    expect(errors).not.toEqual([]);
    expect(`${yaml}---\n${errors.join('\n')}`).toMatchSnapshot();
  });

  it('quote nothing that may be a secret', () => {
    const errors = CASES.flatMap(([, yaml]) => problems(yaml)).join('\n');
    expect(errors).toContain('may be a secret');
    expect(errors).not.toContain('hunter2');
  });

  it('contain no control characters, whatever the file contains', () => {
    const errors = CASES.flatMap(([, yaml]) => problems(yaml)).join('\n');
    expect(errors).toContain('\\u001b');
    expect(errors).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe('a configuration without errors', () => {
  it.each([
    ['nothing', ''],
    ['comments only', '# all defaults\n'],
    ['a byte order mark', '\ufeffhttp:\n  port: 1\n'],
    ['Windows line ends', 'http:\r\n  port: 1\r\n'],
    ['an empty section', 'http:\nstore:\n'],
    ['an empty section in a section', 'store:\n  retention:\n'],
    ['an anchor without an alias', 'host: &h { name: a }\n'],
    [
      'mail to a local user of a relay on loopback',
      'mail:\n  smtp: { host: localhost, security: none, user: u, passwordEnv: P }\n  from: root@localhost\n  to: [root@localhost]\n',
    ],
    ['IPv6 loopback', 'http: { address: "::1" }\n'],
    ['another loopback address', 'http: { address: 127.0.0.53 }\n'],
  ])('%s', (_name, yaml) => {
    expect(problems(yaml)).toEqual([]);
  });
});
