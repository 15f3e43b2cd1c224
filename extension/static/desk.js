// Doorstep of the desk: files that are picked, dropped or pasted, piece by piece as Base64, which the
// browser makes itself.
//
// Never here: a decision.

import './words.js';
import init, * as house from './countersign_desk.js';

// A multiple of three bytes, so that each piece is Base64 by itself.
const PIECE = 144 * 1024;

const base64 = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

async function take(files) {
  const all = [...files];
  if (all.length === 0) return;
  const number = house.desk_picked(all.map((file) => file.name.replaceAll('\n', ' ')).join('\n'));
  for (const [n, file] of all.entries()) {
    let at = 0;
    do {
      let piece = '';
      try {
        if (file.size !== 0) piece = await base64(file.slice(at, at + PIECE));
      } catch {
        // It has gone, or the system keeps it.
        house.desk_unread(number);
        return;
      }
      // They may have been put away meanwhile, or others picked.
      if (!house.desk_piece(number, n, at, file.name, piece)) return;
      at += PIECE;
    } while (at < file.size);
  }
  house.desk_pieced(number);
}

// One piece; what is longer is no key file.
async function key(input) {
  const file = input.files[0];
  const data = file && file.size <= PIECE ? await base64(file).catch(() => null) : null;
  if (data === null) input.value = '';
  else house.desk_key(data);
}

// Where nothing can be picked, nothing can be dropped or pasted.
const takes = () => document.querySelector('#file') !== null;
const from = (data) => {
  if (data.files.length !== 0) return data.files;
  const text = data.getData('text/plain');
  return text === '' ? [] : [new File([text], 'text.txt')];
};

document.addEventListener('change', (event) => {
  if (event.target.id === 'file') take(event.target.files);
  if (event.target.id === 'key-file') key(event.target);
});
// Where files that are let go would be taken.
const over = (on) => document.querySelector('.drop')?.classList.toggle('over', on);
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('dragenter', () => over(true));
document.addEventListener('dragleave', (event) => {
  // From one element to the next it stays in the page.
  if (event.relatedTarget === null) over(false);
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  over(false);
  if (takes()) take(from(event.dataTransfer));
});
document.addEventListener('paste', (event) => {
  const typed = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && event.target.id !== 'file';
  if (takes() && !typed) take(from(event.clipboardData));
});

const [number] = crypto.getRandomValues(new Uint32Array(1));
init().then(() => house.start_desk(location.hash.slice(1), number)).then(looks.renew);
