/** The text of a remedy, for the command and for the dashboard. */
import type { WireRemedy } from './advice.js';

/** The detail without the commands that it begins with, for readers that show the commands on lines of their own. */
export function cutCommands({ detail, commands }: Pick<WireRemedy, 'detail' | 'commands'>): string {
  const joined = commands.join(' && ');
  if (joined === '' || !detail.startsWith(joined)) return detail;
  const rest = detail.slice(joined.length).replace(/^[:;]\s*/, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
