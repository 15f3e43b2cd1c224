// Doorstep of the popup.
//
// Never here: a decision.

import './words.js';
import init, { start_popup } from './countersign_popup.js';

init().then(() => {
  start_popup();
  // The services' pictures, which nothing waits for.
  const sheet = { rel: 'stylesheet', href: 'icons/services.css' };
  document.head.append(Object.assign(document.createElement('link'), sheet));
});
