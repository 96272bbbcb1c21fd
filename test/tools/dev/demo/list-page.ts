/** The page that lists the demos, and the answer to a name that is none. */
import { SCENES, type SceneName } from './scenes.js';

const VIEWS = ['wall', 'embed'] as const;

export function renderList(problem: string | null): string {
  const rows = (Object.keys(SCENES) as SceneName[]).map((name) => {
    const views = VIEWS.map((view) => `<a href="/demo/${name}/?view=${view}">${view}</a>`).join(' ');
    return `<tr><th scope="row"><a href="/demo/${name}/">${name}</a></th><td>${escapeText(SCENES[name].shows)}</td><td>${views}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>portcast: demos</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
th, td { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0 }
th { white-space: nowrap }
</style>
</head>
<body>
<h1>Demos</h1>
${problem === null ? '' : `<p role="alert">${escapeText(problem)}</p>`}
<p>Each is the real daemon on a simulated host. A demo is made when it is first opened, which takes a second or two, and begins anew after some minutes.</p>
<table>
${rows.join('\n')}
</table>
</body>
</html>
`;
}

export function describeUnknown(name: string): string {
  return `there is no demo "${name.slice(0, 60)}"; there are ${Object.keys(SCENES).join(', ')}`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
