/** The alert rules of the file as the rules take them. */
import type { Config } from './config.js';
import type { RawConfig } from './schema.js';

export function createAlertSettings(rules: RawConfig['alerts']): Config['alerts'] {
  const { failing, leak, empty, blind, trouble } = rules;
  const createLevel = (rule: RawConfig['alerts']['use']) => {
    const { mail, raise, clear } = rule;
    return { mail, raise, clear, forMs: rule.for, clearForMs: rule.clearFor };
  };
  return {
    failing: { mail: failing.mail, forMs: failing.for, clearForMs: failing.clearFor },
    imminent: createLevel(rules.imminent),
    pressure: createLevel(rules.pressure),
    use: createLevel(rules.use),
    leak: {
      mail: leak.mail,
      raiseWithinMs: leak.raiseWithin,
      clearBeyondMs: leak.clearBeyond,
      forMs: leak.for,
      clearForMs: leak.clearFor,
    },
    empty: { mail: empty.mail, forMs: empty.for, clearForMs: empty.clearFor },
    blind: { mail: blind.mail, raiseAfterMs: blind.raiseAfter, clearForMs: blind.clearFor },
    trouble: { mail: trouble.mail, forMs: trouble.for, clearForMs: trouble.clearFor },
  };
}
