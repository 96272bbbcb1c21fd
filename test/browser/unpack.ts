/** Unpacks the packaged browser, in a process of its own: its package changes where the process looks for libraries. */
import { findChromium } from './chromium.js';

console.log(await findChromium());
