// Doorstep of the side page.
//
// Never here: a decision.

import './words.js';
import init, { start_side } from './countersign_side.js';

init().then(() => start_side(location.hash.slice(1))).then(looks.renew);
