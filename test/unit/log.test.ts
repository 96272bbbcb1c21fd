import { describe, expect, it } from 'vitest';
import { createLog, type LogFormat } from '../../daemon/log.js';

function lines(format: LogFormat, write: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  write(createLog({ level: 'info', format, write: (line) => (text += line) }));
  return text;
}

describe('the log', () => {
  it('is JSON for a program', () => {
    const line = lines('json', (log) => log.warn({ part: 'mail' }, 'no server'));
    expect(JSON.parse(line)).toMatchObject({ level: 40, part: 'mail', msg: 'no server' });
  });

  it('has a priority for the journal', () => {
    expect(lines('journal', (log) => log.warn('no server'))).toMatch(/^<4>\{.*\}\n$/);
  });

  it('is short text for a person, one line for each message', () => {
    const text = lines('text', (log) => {
      log.info({ part: 'mail' }, 'started');
      log.warn('first\n  second');
      log.error({ err: new Error('disk full') }, 'a beat failed');
      log.error({ err: new Error('disk full') }, 'a beat failed: disk full');
      log.error(new Error('alone'));
      log.debug('not shown');
    });
    expect(text.replaceAll(/^\d\d:\d\d:\d\d /gm, '')).toBe(
      'started\nwarning: first; second\nerror: a beat failed: disk full\nerror: a beat failed: disk full\nerror: alone\n',
    );
    expect(text).toMatch(/^(\d\d:\d\d:\d\d .*\n){5}$/);
  });

  it.each<LogFormat>(['json', 'journal', 'text'])('masks secrets as %s', (format) => {
    const text = lines(format, (log) => {
      log.warn({ err: new Error('smtp://u:hunter2@host') }, 'cannot send');
      log.warn({ password: 'hunter2' }, 'found password=hunter2');
    });
    expect(text).not.toContain('hunter2');
    expect(text).toContain('***');
    if (format === 'json')
      for (const line of text.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});
