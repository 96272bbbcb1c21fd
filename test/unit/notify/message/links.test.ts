import { describe, expect, it } from 'vitest';
import { findTunnel, listLinks } from '../../../../daemon/notify/message/links.js';
import { renderMail } from '../../../../daemon/notify/message/render.js';
import { fired, mailContext } from '../../../builders/messages.js';

const ACTIONS = {
  acknowledge: 'https://portcast.example.org/act/a?t=1&u=2',
  silence: [
    { label: 'Silence 1 h', url: 'https://portcast.example.org/act/s1' },
    { label: 'Silence 1 d', url: 'javascript:alert(1)' },
  ],
};

describe('the links of a mail', () => {
  it('lead to what can be done first, and leave out what is no web address', () => {
    const links = listLinks(mailContext({ links: ACTIONS, dashboardUrl: 'https://portcast.example.org/x' }), null);
    expect(links).toEqual([
      { rel: 'acknowledge', label: 'Acknowledge', url: ACTIONS.acknowledge, isFirst: true },
      { rel: 'silence', label: 'Silence 1 h', url: 'https://portcast.example.org/act/s1', isFirst: false },
      { rel: 'dashboard', label: 'Dashboard', url: 'https://portcast.example.org/x', isFirst: false },
    ]);
  });

  it('are buttons in the HTML and whole addresses in the text', () => {
    const { html, text } = renderMail(fired(), mailContext({ links: ACTIONS }));
    expect(html).toContain('href="https://portcast.example.org/act/a?t=1&amp;u=2"');
    expect(text).toContain('\nAcknowledge: https://portcast.example.org/act/a?t=1&u=2\n');
    expect(html).not.toContain('javascript:');
  });
});

describe('the way to a dashboard that only its host can reach', () => {
  it.each([
    ['http://127.0.0.1:9470/', 'web-1', 'ssh -L 9470:127.0.0.1:9470 web-1'],
    ['http://[::1]:9470/', 'web-1', 'ssh -L 9470:[::1]:9470 web-1'],
    ['http://localhost/', 'web-1.example.org', 'ssh -L 80:localhost:80 web-1.example.org'],
    ['http://127.0.0.1:9470/', 'web-1; rm -rf /', 'ssh -L 9470:127.0.0.1:9470 HOST'],
    ['http://127.0.0.1:9470/', '-oProxyCommand=x', 'ssh -L 9470:127.0.0.1:9470 HOST'],
    ['https://portcast.example.org/', 'web-1', null],
    ['nonsense', 'web-1', null],
  ])('of %s on %s is %s', (dashboardUrl, hostName, command) => {
    expect(findTunnel({ dashboardUrl, hostName })).toBe(command);
  });
});
