/** `portcast plan --pool` and `--incident`: a pool of now, or a stored incident, under other settings. */
import { existsSync } from 'node:fs';
import type { Settings } from '../advice/what-if.js';
import { PortcastError } from '../errors.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../units.js';
import { incidentToWire } from '../wire/incident.js';
import { planToWire, writeIncidentQuery } from '../wire/plan.js';
import { planIncident, situationsOfIncident, type WireCourse, type WireIncidentPlan } from '../wire/plan-incident.js';
import { situationOfPool } from '../wire/plan-pool.js';
import { choosePool } from './choose-pool.js';
import { EXIT, loadConfigFor, printJson, type CliIo } from './context.js';
import { fetchDocument, isObject, NoAnswerError } from './daemon-client.js';
import { locateDaemon } from './daemon-login.js';
import { formatComparison, readSettings, refuseNonsense, type WhatIfOptions } from './plan-settings.js';
import { takeReading, type ReadingParts } from './reading.js';
import { findMaxSampleAge } from './replay.js';
import { escapeStrings } from './terminal.js';
import { formatTable } from './text.js';

const TIMEOUT_MS = 5 * SECOND_MS;
/** Incidents that an error lists. */
const MAX_LISTED = 20;

/** @throws PortcastError USAGE where both are given, one is unknown, or the settings make no sense; and those of the source. */
export async function planStored(io: CliIo, options: WhatIfOptions, parts: ReadingParts): Promise<number> {
  const { pool, incident } = options;
  if (pool !== undefined && incident !== undefined) {
    throw new PortcastError('USAGE', `found --pool "${pool}" and --incident "${incident}"; allowed one of them`);
  }
  if (incident !== undefined) return await planStoredIncident(io, options, incident);
  return await planPool(io, options, { text: pool ?? '', parts });
}

async function planPool(io: CliIo, options: WhatIfOptions, { text, parts }: { text: string; parts: ReadingParts }) {
  const { config, json } = options;
  const { forecast, origin } = await takeReading(io, config === undefined ? {} : { config }, parts);
  const pool = choosePool(forecast.pools, text);
  const now = situationOfPool(pool, forecast.host);
  const settings = readSettings(options);
  refuseNonsense(now, settings);
  const plan = planToWire(now, settings, { id: pool.id, name: now.name });
  if (json === true) printJson(io, plan);
  else
    io.out(
      `${escapeStrings(now.name)} on ${forecast.host.name}, ${origin}\n\n${formatComparison(escapeStrings(plan))}\n`,
    );
  return EXIT.ok;
}

async function planStoredIncident(io: CliIo, options: WhatIfOptions, id: string): Promise<number> {
  const settings = readSettings(options);
  const plan = await askDaemon(io, options, { id, settings }).catch(async (error: unknown) => {
    if (error instanceof NoAnswerError && error.isRefused) return await readDatabase(io, options, { id, settings });
    throw error;
  });
  if (options.json === true) printJson(io, plan);
  else io.out(`${formatIncidentPlan(escapeStrings(plan))}\n`);
  return EXIT.ok;
}

interface Wanted {
  readonly id: string;
  readonly settings: Settings;
}

async function askDaemon(
  io: CliIo,
  { config: file }: WhatIfOptions,
  { id, settings }: Wanted,
): Promise<WireIncidentPlan> {
  const place = locateDaemon(io, loadConfigFor(io, file).config);
  const daemon = { ...place, timeoutMs: TIMEOUT_MS, signal: io.signal };
  return await fetchDocument(daemon, `/api/v1/plan?${writeIncidentQuery(id, settings)}`, isIncidentPlan);
}

function isIncidentPlan(value: unknown): value is WireIncidentPlan {
  return isObject(value) && isObject(value['incident']) && Array.isArray(value['pools']) && isObject(value['lines']);
}

/** No daemon runs, so the database is read as it is. */
async function readDatabase(io: CliIo, { config: file }: WhatIfOptions, { id, settings }: Wanted) {
  const { config } = loadConfigFor(io, file);
  if (!existsSync(config.store.file)) {
    const advice = "give the daemon's configuration with --config";
    throw new PortcastError('USAGE', `no daemon answers, and there is no database at ${config.store.file}; ${advice}`);
  }
  const { openIncidents } = await import('../store/incident-reader.js');
  const maxSampleAgeMs = await findMaxSampleAge(config);
  const reader = openIncidents(config.store.file, { migrationsDir: MIGRATIONS_DIR, maxSampleAgeMs });
  try {
    const found = reader.findIncident(id);
    if (found === null) {
      const known = reader.listIncidents(MAX_LISTED).map((each) => each.id);
      const exist = known.length === 0 ? 'none is stored' : `allowed: ${known.join(', ')}`;
      throw new PortcastError('USAGE', `there is no incident "${id}"; ${exist}`);
    }
    const incident = incidentToWire(found);
    for (const situation of situationsOfIncident({ incident, host: null })) refuseNonsense(situation, settings);
    const { poolHistory } = reader;
    return planIncident({ incident, settings, host: null, poolHistory, nowMs: Date.now() });
  } finally {
    reader.close();
  }
}

function formatIncidentPlan({ incident, pools, poolsLeftOut, settings, sentence, notes }: WireIncidentPlan): string {
  const isChanged = Object.keys(settings).length > 0;
  const until = incident.resolvedAt === null ? '' : ` to ${incident.resolvedAt}`;
  const rows = pools.map(({ name, asIs, changed, isLeast }) => [
    name,
    formatCourse(asIs),
    ...(isChanged ? [`${isLeast ? 'at least ' : ''}${formatCourse(changed)}`] : []),
  ]);
  return [
    `incident ${incident.id}, ${incident.openedAt}${until}`,
    '',
    ...(pools.length === 0
      ? []
      : [...formatTable(['POOL', 'AS IT WAS', ...(isChanged ? ['WITH THE SETTINGS'] : [])], rows, []), '']),
    ...(poolsLeftOut > 0 ? [`${formatCount(poolsLeftOut)} more pools are not replayed.`] : []),
    sentence,
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

function formatCourse({ peak, capacity, peakRatio, outAt, outSeconds }: WireCourse): string {
  const out = outAt === null ? '' : `, out for ${formatDuration(outSeconds * SECOND_MS)} from ${outAt}`;
  return `${formatCount(peak)} of ${formatCount(capacity)} (${formatPercent(peakRatio)})${out}`;
}
