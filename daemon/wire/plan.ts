/** The answer of `portcast plan --json` and `GET /api/v1/plan`. */
import type { Plan } from '../advice/plan.js';

/** The plan as it was computed: its fields are the fields of the JSON. Rates are per second, durations in seconds. */
export type WirePlan = Plan;
