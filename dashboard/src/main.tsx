/** Starts the page. */
import { render } from 'preact';
import { App } from './app.js';
import { followDaemon } from './state/live.js';
import { followTheme } from './state/theme.js';
import './styles/tokens.css';
import './styles/page.css';
import './styles/tables.css';
import './styles/panels.css';

const root = document.getElementById('app');
if (root !== null) {
  followTheme();
  render(<App />, root);
  followDaemon();
}
