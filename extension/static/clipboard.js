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
  const text = held.value;
  held.value = '';
  // Where another program holds the clipboard nothing comes, and no error.
  let done = text !== '';
  if (text === message.clear) {
    document.addEventListener('copy', (event) => {
      event.clipboardData.setData('text/plain', '');
      event.preventDefault();
    }, { once: true });
    done = document.execCommand('copy');
  }
  answer({ done });
});
