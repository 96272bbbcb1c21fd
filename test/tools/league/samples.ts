/** Reads the samples that a daemon sends as server-sent events, until it closes the connection. */
import { get } from 'node:http';
import type { WireSample } from '../../../daemon/wire/sample.js';

/** @param localPort the local port of the connection; 0 leaves the choice to the kernel. An error ends the process. */
export function readSamples(url: string, onSample: (sample: WireSample) => void, localPort = 0): void {
  get(`${url}/api/v1/events`, { localPort }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) onSample(JSON.parse(data) as WireSample);
      }
    });
    response.on('end', () => process.exit(0));
  }).on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
