/** The scenes behind the goldens of mails about alerts that were resolved. */
import { steps } from '../tools/simulator/plan.js';
import { SERVER } from '../tools/simulator/world.js';
import { CHECKOUT, churn, CURL, OTHER_SERVER, SUDDEN, world, type AlertScene } from './alert-scene.js';

/** 25/s until the ports have been out for a while. */
const OVERLOAD = steps([0, 25], [75_000, 3]);

export const RESOLVED_SCENES = {
  resolved: {
    world: world([churn(steps([0, 25], [20_000, 3]))]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 400,
    owners: [CHECKOUT],
  },
  'resolved-outage': {
    world: world([churn(OVERLOAD)]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 400,
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
  },
  // Failed connects are not counted, so their number is estimated.
  'resolved-estimated': {
    world: world([churn(OVERLOAD)]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 400,
    owners: [CHECKOUT],
  },
  'resolved-bind': {
    world: world([churn(OVERLOAD, { to: [SERVER, OTHER_SERVER], binds: true })]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 400,
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
  },
  'resolved-failing': {
    world: SUDDEN,
    rule: 'failing',
    to: 'resolved',
    withinSeconds: 240,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  // The pool is gone from the table.
  'resolved-gone': {
    world: world([churn(steps([0, 5], [20_000, 2000], [20_500, 0]))]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 200,
    owners: [CHECKOUT],
  },
} satisfies Record<string, AlertScene>;
