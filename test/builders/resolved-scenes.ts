/** The scenes behind the goldens of mails about alerts that were resolved. */
import { steps } from '../tools/simulator/plan.js';
import { SERVER } from '../tools/simulator/world.js';
import { FULL_DISK } from './later-scenes.js';
import { CHECKOUT, churn, CURL, kept, OTHER_SERVER, SUDDEN, world, type HostScene } from './host-scene.js';

/** 25/s until the ports have been out for a while. */
const OVERLOAD = steps([0, 25], [75_000, 3]);

export const RESOLVED_SCENES = {
  resolved: {
    world: world([churn(steps([0, 25], [20_000, 3]))]),
    tells: 'resolved',
    subject: 'RESOLVED, did not run out',
    withinSeconds: 500,
    owners: [CHECKOUT],
  },
  // The leak ends when its process is restarted.
  'resolved-leak': {
    world: world([{ ...kept(0.6, SERVER), fate: 'reset', life: { untilMs: 500_000 } }]),
    tells: 'resolved',
    subject: 'RESOLVED, did not run out',
    withinSeconds: 1800,
    owners: [CHECKOUT],
  },
  'resolved-outage': {
    world: world([churn(OVERLOAD)]),
    tells: 'resolved',
    subject: 'RESOLVED, was out for',
    withinSeconds: 500,
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
    picture: true,
  },
  // Failed connects are not counted, so their number is estimated.
  'resolved-estimated': {
    world: world([churn(OVERLOAD)]),
    tells: 'resolved',
    subject: 'RESOLVED, was out for',
    withinSeconds: 500,
    owners: [CHECKOUT],
  },
  'resolved-bind': {
    world: world([churn(OVERLOAD, { to: [SERVER, OTHER_SERVER], binds: true })]),
    tells: 'resolved',
    subject: 'for bind() on 10.0.0.1',
    withinSeconds: 500,
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
  },
  'resolved-failing': {
    world: SUDDEN,
    tells: 'resolved',
    subject: 'RESOLVED, was out',
    withinSeconds: 500,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  'resolved-trouble': {
    world: world([churn(5)]),
    tells: 'resolved',
    subject: 'RESOLVED, over',
    withinSeconds: 1000,
    trouble: FULL_DISK,
  },
  // The pool is gone from the table.
  'resolved-gone': {
    world: world([churn(steps([0, 5], [20_000, 2000], [20_500, 0]))]),
    tells: 'resolved',
    subject: 'RESOLVED',
    withinSeconds: 500,
    owners: [CHECKOUT],
  },
} satisfies Record<string, HostScene>;
