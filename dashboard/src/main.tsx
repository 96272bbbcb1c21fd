/** Starts the page. */
import { render } from 'preact';
import { ViewOf } from './pages/view.js';
import { whenDrawn } from './state/first-frame.js';
import { followDaemon, waitForSample } from './state/live.js';
import { followPrinting } from './state/print.js';
import { followVerdict } from './state/tab-title.js';
import { followSession } from './state/session.js';
import { followTheme } from './state/theme.js';
import { followZoneKey } from './state/zone-key.js';
import { parseView } from './state/view.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/header.css';
import './styles/buttons.css';
import './styles/notices.css';
import './styles/worst-pool.css';
import './styles/dots.css';
import './styles/figures.css';
import './styles/sections.css';
import './styles/tables.css';
import './styles/port-states.css';
import './styles/controls.css';
import './styles/chart.css';
import './styles/facts.css';
import './styles/alerts.css';
import './styles/print.css';

const FIRST_DRAW_MS = 100;

const root = document.getElementById('app');
if (root !== null) {
  followTheme();
  followZoneKey();
  followPrinting();
  followDaemon();
  followSession();
  // Mostly the first sample comes within some milliseconds: then the page is drawn once, and not first without it.
  void waitForSample(FIRST_DRAW_MS).then(() => {
    render(<ViewOf request={parseView(location.search)} />, root);
    whenDrawn(followVerdict);
  });
}
