/** The words of the advice that do not come from the daemon. */
import { capitalize } from './format.js';

/** The programs that can be asked for: the names that `GET /api/v1/pools/:id/advice?program=` takes. */
export const PROGRAM_CHOICES = [
  { name: 'go', title: 'Go' },
  { name: 'node', title: 'Node.js' },
  { name: 'python', title: 'Python' },
  { name: 'dotnet', title: '.NET' },
  { name: 'nginx', title: 'nginx' },
  { name: 'haproxy', title: 'HAProxy' },
  { name: 'envoy', title: 'Envoy' },
  { name: 'postgresql', title: 'PostgreSQL clients' },
  { name: 'php', title: 'PHP' },
  { name: 'shell', title: 'curl, redis-cli, shell' },
  { name: 'java', title: 'Java' },
] as const;

/** The effect as the first words of a card: `Never runs out; settles at 44% of 28,232 ports.` */
export function writeEffect(effect: string): string {
  return `${capitalize(effect)}.`;
}
