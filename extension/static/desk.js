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
  house.desk_picked(all.map((file) => file.name.replaceAll('\n', ' ')).join('\n'));
  for (const [n, file] of all.entries()) {
    let at = 0;
    do {
      house.desk_piece(n, file.name, file.size === 0 ? '' : await base64(file.slice(at, at + PIECE)));
      at += PIECE;
    } while (at < file.size);
  }
  house.desk_pieced();
}

// One piece; what is longer is no key file.
async function key(input) {
  const file = input.files[0];
  if (file && file.size <= PIECE) house.desk_key(await base64(file));
  else input.value = '';
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
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (takes()) take(from(event.dataTransfer));
});
document.addEventListener('paste', (event) => {
  const typed = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && event.target.id !== 'file';
  if (takes() && !typed) take(from(event.clipboardData));
});

init().then(() => house.start_desk(location.hash.slice(1))).then(looks.renew);
