/** Unpacks the packaged browser in a process of its own, since its package changes the library path of the process. */
import { findChromium } from './chromium.js';

console.log(await findChromium());
