/** The parameters of `GET /api/v1/events`. */
import { PortcastError } from '../errors.js';
import { quoteInput } from './problem.js';

/**
 * `changes=1` asks for the changes between samples, `changes=0` and nothing for whole samples. Other parameters are
 * ignored, as they were before there was this one.
 * @throws PortcastError USAGE
 */
export function parseEventsQuery(url: string): { changes: boolean } {
  const start = url.indexOf('?');
  const given = new URLSearchParams(start < 0 ? '' : url.slice(start + 1)).getAll('changes');
  if (given.length > 1) throw new PortcastError('USAGE', 'changes is given more than once; give it once');
  const [text = '0'] = given;
  if (text !== '0' && text !== '1') {
    throw new PortcastError('USAGE', `changes is ${quoteInput(text)}; allowed: 0, 1`);
  }
  return { changes: text === '1' };
}
