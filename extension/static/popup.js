// Doorstep of the popup.
//
// Never here: a decision.

import './words.js';
import init, { start_popup } from './countersign_popup.js';

init().then(() => start_popup());
