// Chromium's background has no clipboard; it lends itself this hidden page to empty it.
//
// A hidden page has no focus, so `navigator.clipboard` refuses; the older commands do not.
//
// Never here: a page that anybody sees, and any other use of the clipboard.

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (sender.id !== chrome.runtime.id || typeof message.clear !== 'string') return;
  const held = document.getElementById('held');
  held.focus();
  document.execCommand('paste');
  const same = held.value === message.clear;
  held.value = '';
  if (same) {
    document.addEventListener('copy', (event) => {
      event.clipboardData.setData('text/plain', '');
      event.preventDefault();
    }, { once: true });
    document.execCommand('copy');
  }
  answer({ cleared: same });
});
