import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { renderExample, listShownValues } from '../../../daemon/config/example.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { parseConfig } from '../../../daemon/config/parse.js';
import { configSchema } from '../../../daemon/config/schema.js';
import { listKeys } from '../../../daemon/config/suggest.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';

function valid(text: string) {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed;
}

describe('config.example.yaml', () => {
  it('is what `portcast config example` prints', async () => {
    await expect(renderExample()).toMatchFileSnapshot(join(PACKAGE_ROOT, 'config.example.yaml'));
  });

  it('has the same meaning as an empty file', () => {
    expect(valid(renderExample()).raw).toEqual(valid('').raw);
  });

  it('names every key of the schema, each with a description', () => {
    const text = renderExample();
    const lines = text.split('\n');
    const names = listKeys(configSchema).map((key) => key.split('.').at(-1) ?? '');
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) {
      // An example repeats the key as a comment, and the first line of a section that may be null does so too.
      const isKey = (line: string) => new RegExp(`^[ #]*${name}:( |$)`).test(line);
      const first = lines.findIndex(isKey);
      expect([name, lines[first - 1]]).toEqual([name, expect.stringMatching(/^[ #]*# \S/)]);
    }
  });

  it('is valid when its examples replace the defaults', () => {
    // A commented key that repeats the key above it is an example. It replaces that key here.
    const lines = renderExample().split('\n');
    const kept = lines.filter((line, i) => {
      const key = /^( *)(\w+):/.exec(line);
      return key === null || !(lines[i + 1] ?? '').startsWith(`${key[1] ?? ''}# ${key[2] ?? ''}:`);
    });
    const uncommented = kept.map((line) => line.replace(/^( *)# ((?: {2})*(?:\w+:.*|# .*))$/, '$1$2')).join('\n');
    const { raw } = valid(uncommented);
    expect(raw.mail).toMatchObject({ from: 'portcast@example.org', to: ['ops@example.org'] });
    expect(raw.mail.smtp).toMatchObject({ host: 'smtp.example.org', port: 587, user: 'portcast' });
  });
});

describe('the defaults', () => {
  it('of the alert rules are DEFAULT_ALERT_SETTINGS', () => {
    const { config } = loadConfig({ env: {}, systemFile: '/nonexistent/portcast.yaml' });
    expect(config.alerts).toEqual(DEFAULT_ALERT_SETTINGS);
  });

  it('of all other settings are these', () => {
    const { config } = loadConfig({ env: {}, cwd: '/srv', systemFile: '/nonexistent/portcast.yaml' });
    expect({ ...config, host: null, alerts: null }).toMatchInlineSnapshot(`
      {
        "alertmanager": null,
        "alerts": null,
        "delivery": {
          "failoverAfterMs": 30000,
          "localPorts": "auto",
          "mode": "all",
          "order": [],
        },
        "exec": null,
        "heartbeat": null,
        "host": null,
        "http": {
          "address": "127.0.0.1",
          "allowPlainText": false,
          "basePath": "/",
          "embedFrom": [],
          "port": 9470,
          "publicOrigins": [],
          "publicUrl": null,
          "tls": null,
        },
        "incidents": {
          "maintenance": [],
          "maxMessages": 4,
          "maxPerHour": 10,
          "quietForMs": 60000,
          "remindAfterMs": 3600000,
        },
        "log": {
          "level": "info",
        },
        "mail": {
          "dashboardUrl": null,
          "smtp": null,
          "to": [],
          "toBySeverity": {},
        },
        "reports": {
          "weekly": null,
        },
        "sampling": {
          "budget": 0.01,
          "busyBudget": 0.05,
          "failures": "auto",
          "glanceMs": 250,
          "maxIntervalMs": 30000,
          "schedule": "*/2 * * * * *",
          "source": "auto",
        },
        "slack": null,
        "store": {
          "file": "/srv/data/portcast.db",
          "maxSeries": 500,
          "maxSizeBytes": 536870912,
          "retention": {
            "hourMs": 34560000000,
            "minuteMs": 1209600000,
            "rawMs": 21600000,
          },
        },
        "syslog": null,
        "webhook": null,
      }
    `);
  });
});

describe('config show', () => {
  it('gives the line of each value, and the keys of smtp only when it is set', () => {
    const { document } = valid('http:\n  port: 9000\nmail:\n  smtp: null\n');
    const shown = listShownValues(document);
    expect(shown.find(({ key }) => key === 'http.port')).toEqual({ key: 'http.port', value: 9000, line: 2 });
    expect(shown.find(({ key }) => key === 'mail.smtp')).toEqual({ key: 'mail.smtp', value: null, line: 4 });
    expect(shown.find(({ key }) => key === 'http.address')).toEqual({
      key: 'http.address',
      value: '127.0.0.1',
      line: null,
    });
  });
});

it('the committed config.example.yaml is a valid configuration', () => {
  expect(valid(readFileSync(join(PACKAGE_ROOT, 'config.example.yaml'), 'utf8')).ok).toBe(true);
});
