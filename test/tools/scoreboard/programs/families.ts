/**
 * The families made from what real programs do. Of those that never exhaust, `pool` families open or reopen a pool of
 * connections: for a moment that looks like growth that lasts.
 */
import type { Family } from '../family.js';
import {
  createAges,
  createAgesAboveLimit,
  createClients,
  createClientsAboveLimit,
  createClientsThatSwing,
  createServerCloses,
} from './clients.js';
import { createFinLateUnderLoad, createFinThatNeverComes, createLateFin } from './late-fin.js';
import { createDemandThatGoesOn, createLateAnswers, createUnansweredSyns } from './outages.js';
import {
  createCycles,
  createCyclesAboveLimit,
  createFailover,
  createPoolThatCloses,
  createPoolThatOpens,
  createPoolThatReconnects,
  createPoolThatResizes,
  createRollingDeployment,
} from './pools.js';
import { BELOW, ABOVE } from './program.js';
import { createBinds, createBindsAboveLimit, createTwoPrograms, createTwoProgramsAboveLimit } from './shared.js';

const MANY = { 1000: 30, 28232: 6 };
const FEW = { 1000: 20, 28232: 4 };

const program = (name: string, cases: Family['cases'], draw: Family['draw']): Family => ({
  name,
  cases,
  draw,
  kind: 'program',
});
const pool = (name: string, cases: Family['cases'], draw: Family['draw']): Family => ({
  name,
  cases,
  draw,
  kind: 'pool',
});

export const PROGRAM_FAMILIES: readonly Family[] = [
  program('late FIN', { 1000: 40, 28232: 10 }, (draw, capacity) => createLateFin(draw, capacity, [0.3, BELOW - 0.05])),
  program('late FIN, above', FEW, (draw, capacity) => createLateFin(draw, capacity, [ABOVE, 2.2])),
  program('FIN late under load', FEW, createFinLateUnderLoad),
  program('FIN that never comes', FEW, (draw, capacity) => createFinThatNeverComes(draw, capacity, false)),
  program('FIN that never comes, above', FEW, (draw, capacity) => createFinThatNeverComes(draw, capacity, true)),
  pool('pool opens', { 1000: 40, 28232: 8 }, createPoolThatOpens),
  pool('pool closes', MANY, createPoolThatCloses),
  pool('rolling deployment', MANY, createRollingDeployment),
  pool('failover', FEW, createFailover),
  pool('pool resizes', FEW, createPoolThatResizes),
  pool('pool reconnects', FEW, createPoolThatReconnects),
  program('clients', MANY, createClients),
  program('clients that swing', MANY, createClientsThatSwing),
  program('clients, above', FEW, createClientsAboveLimit),
  program('connection ages', MANY, createAges),
  program('connection ages, above', FEW, createAgesAboveLimit),
  program('server closes first', FEW, (draw, capacity) => createServerCloses(draw, capacity, false)),
  program('server closes first, above', FEW, (draw, capacity) => createServerCloses(draw, capacity, true)),
  program('demand goes on', FEW, (draw, capacity) => createDemandThatGoesOn(draw, capacity, 'goes on')),
  program('demand retries', FEW, (draw, capacity) => createDemandThatGoesOn(draw, capacity, 'retries with backoff')),
  program('demand gives up', FEW, (draw, capacity) => createDemandThatGoesOn(draw, capacity, 'gives up')),
  program('unanswered SYNs', MANY, (draw, capacity) => createUnansweredSyns(draw, capacity, false)),
  program('unanswered SYNs, above', FEW, (draw, capacity) => createUnansweredSyns(draw, capacity, true)),
  program('SYNs answered late', FEW, createLateAnswers),
  program('on-off cycles', MANY, createCycles),
  program('on-off cycles above the limit', FEW, (draw, capacity) => createCyclesAboveLimit(draw, capacity, false)),
  program('on-off cycles, then on', FEW, (draw, capacity) => createCyclesAboveLimit(draw, capacity, true)),
  program('two programs', FEW, createTwoPrograms),
  program('two programs, above', FEW, createTwoProgramsAboveLimit),
  program('binds', FEW, (draw, capacity) => createBinds(draw, capacity, 'steady')),
  program('binds in bursts', FEW, (draw, capacity) => createBinds(draw, capacity, 'bursts')),
  program('binds, above', FEW, (draw, capacity) => createBindsAboveLimit(draw, capacity, 'steady')),
  program('binds in bursts, above', FEW, (draw, capacity) => createBindsAboveLimit(draw, capacity, 'bursts')),
];
