// What runs inside a page, in the extension's isolated world, and only after the person's gesture:
// it describes the inputs, and it writes one code into the ones that were chosen.
//
// `describe` and `write` are two calls with a decision in between, and the second must mean the same
// elements as the first. Marking them would leave an attribute that the page sees; so one object in
// the isolated world, which the page cannot reach, holds weak references. It goes away with the write,
// or by itself after half a minute. Injecting the file again meanwhile keeps it.
//
// Never here: which field is right, whether a code may go there, a value that somebody typed.
'use strict';

// Not `globalThis.countersign ??`: an element of the page by that name would be found, too.
Object.hasOwn(globalThis, 'countersign') || (() => {
  const KEEP_MS = 30_000;
  const PAUSE_MS = 20; // Widgets move their focus in a timer; 20 ms was enough for all of 18 tried.
  const MANY = 300; // More fields than that are no login page; each is looked at closely.
  const OPAQUE = 0.7; // Less of it, and a person does not see what they are filling.

  let kept = { token: '', elements: [], looks: [] };
  let timer = 0;

  const forget = () => {
    clearTimeout(timer);
    kept = { token: '', elements: [], looks: [] };
    delete globalThis.countersign;
  };
  const remember = (elements, close) => {
    clearTimeout(timer);
    timer = setTimeout(forget, KEEP_MS);
    const token = Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join('');
    kept = { token, elements: elements.map((element) => new WeakRef(element)), looks: elements.map((element) => close.has(element) ? looks(element) : []) };
    return token;
  };

  // The tree as it is drawn -------------------------------------------------------------------------

  // By the interfaces' own getters: a form has properties named after its fields, "parentElement" too. (Of
  // the document the browsers keep a page's names from us; the global object they don't.)
  const getter = (of, name) => Object.getOwnPropertyDescriptor(of.prototype, name)?.get;
  // Closed roots open to extensions only: Chromium by a function, Firefox by a property.
  const [shadowOf, closedOf] = [getter(Element, 'shadowRoot'), getter(Element, 'openOrClosedShadowRoot')];
  const rootOf = (element) => {
    const open = shadowOf.call(element);
    if (open) return open;
    try {
      return globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? closedOf?.call(element) ?? null;
    } catch {
      return null; // Not an element that may have one; user agent roots stay closed.
    }
  };
  const HOSTS = /^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$|-/;
  const [slotOf, aboveOf] = [getter(Element, 'assignedSlot'), getter(Node, 'parentElement')];
  const [kindOf, insideOf] = [getter(Node, 'nodeType'), getter(Node, 'childNodes')];
  const besideOf = {
    nextSibling: getter(Node, 'nextSibling'), previousSibling: getter(Node, 'previousSibling'),
  };
  const [documentOf, childrenOf] = [getter(Node, 'ownerDocument'), getter(Element, 'children')];
  const wordsOf = getter(Node, 'textContent');
  const is = (element, selector) => Element.prototype.matches.call(element, selector);
  const findIn = (element, selector) => Element.prototype.querySelectorAll.call(element, selector);
  const holds = (element, other) => Node.prototype.contains.call(element, other);
  const given = (element, name) => Element.prototype.getAttribute.call(element, name);
  const boxOf = (element) => Element.prototype.getBoundingClientRect.call(element);
  const parentOf = (node) => slotOf.call(node) ?? aboveOf.call(node)
    ?? Node.prototype.getRootNode.call(node).host ?? null;

  function* elementsIn(root) {
    for (const element of root.querySelectorAll('*')) {
      yield element;
      const inner = HOSTS.test(element.localName) ? rootOf(element) : null;
      if (inner) yield* elementsIn(inner);
    }
  }

  // What a person can see -----------------------------------------------------------------------------

  const alpha = (color) => {
    const parts = color.match(/[\d.]+%?/g) ?? [];
    const last = parts[3] ?? '1';
    return color === 'transparent' ? 0 : last.endsWith('%') ? parseFloat(last) / 100 : parseFloat(last);
  };

  const isBlurred = (filter) => 4 < parseFloat(/blur\(([\d.]+)px\)/.exec(filter)?.[1] ?? 0);

  // A picture may hold anything; of a gradient, all of it must be transparent.
  const isMasked = (image) => Boolean(image) && image !== 'none'
    && (image.includes('url(') || (image.match(/rgba?\([^)]*\)|transparent/g) ?? []).every((color) => alpha(color) < OPAQUE));

  const drawnAtAll = (element) => {
    const how = { visibilityProperty: true, checkVisibilityCSS: true, contentVisibilityAuto: true };
    if (!Element.prototype.checkVisibility.call(element, how)) return false;
    let opacity = 1;
    for (let up = element; up; up = parentOf(up)) {
      const style = documentOf.call(up).defaultView.getComputedStyle(up);
      opacity *= parseFloat(style.opacity);
      const filter = /opacity\(([\d.]+)(%?)\)/.exec(style.filter);
      if (filter) opacity *= parseFloat(filter[1]) / (filter[2] ? 100 : 1);
      if (opacity < OPAQUE || isBlurred(style.filter) || isMasked(style.maskImage)) return false;
    }
    return true;
  };

  const onPage = (box) => {
    const page = document.scrollingElement ?? document.documentElement;
    return 10 <= box.width && 10 <= box.height
      && 0 < box.right + scrollX && 0 < box.bottom + scrollY
      && box.left + scrollX < Math.max(page.scrollWidth, innerWidth)
      && box.top + scrollY < Math.max(page.scrollHeight, innerHeight);
  };

  const hitAt = (view, x, y) => {
    let hit = view.elementFromPoint(x, y);
    for (let root = hit && rootOf(hit); root; root = hit && rootOf(hit)) {
      const inner = root.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  };

  const isHit = (element, x, y) => {
    const hit = hitAt(document, x, y);
    if (!hit || (hit !== element && !holds(element, hit)
      && Element.prototype.closest.call(hit, 'label')?.control !== element)) return false;
    // An iframe may be covered in the documents above. Of another origin, they cannot be asked.
    for (let view = self; view !== view.parent && frameOf(view); view = view.parent) {
      const frame = frameOf(view);
      const place = frame.getBoundingClientRect();
      x += place.left + frame.clientLeft;
      y += place.top + frame.clientTop;
      if (hitAt(frame.ownerDocument, x, y) !== frame) return false;
    }
    return true;
  };

  // True, false, or null where the place has to be scrolled to first. Of five places, three settle it.
  const hitTest = (element) => {
    const box = element.getBoundingClientRect();
    let hits = 0;
    let asked = 0;
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const x = box.left + box.width * part;
      const y = box.top + box.height / 2;
      if (x < 0 || y < 0 || innerWidth <= x || innerHeight <= y) continue;
      asked += 1;
      if (isHit(element, x, y)) hits += 1;
      if (3 <= Math.max(hits, asked - hits)) return 3 <= hits;
    }
    return asked < 3 ? null : 3 <= hits;
  };

  const frameOf = (view) => {
    try {
      return view.frameElement;
    } catch {
      return null;
    }
  };

  // Whether the iframes around this document can be seen; null where one of another origin knows.
  const framesShown = () => {
    for (let view = self; view !== top; view = view.parent) {
      const frame = frameOf(view);
      if (!frame) return null;
      if (!drawnAtAll(frame)) return false;
    }
    return true;
  };

  // A sheet that lets clicks through is no hit, and yet hides what is under it.
  const sheets = () => {
    const found = [];
    let left = 20_000;
    for (const element of elementsIn(document)) {
      if (--left < 0) break;
      const style = getComputedStyle(element);
      if (style.pointerEvents !== 'none' || style.position === 'static' || parseInt(style.zIndex, 10) < 0) continue;
      const opaque = alpha(style.backgroundColor) * parseFloat(style.opacity);
      if ((0.5 <= opaque || style.backgroundImage.includes('url(')) && drawnAtAll(element)) found.push(element);
    }
    return found;
  };
  const underSheet = (element, sheets) => {
    const box = element.getBoundingClientRect();
    return sheets.some((sheet) => {
      const over = boxOf(sheet);
      const after = element.compareDocumentPosition(sheet) & Node.DOCUMENT_POSITION_FOLLOWING;
      return (after || 0 < parseInt(getComputedStyle(sheet).zIndex, 10)) && !holds(sheet, element)
        && over.left <= box.left + 2 && box.right - 2 <= over.right
        && over.top <= box.top + 2 && box.bottom - 2 <= over.bottom;
    });
  };

  // Boxes that are drawn for an input that itself is not: a row of four to ten things of one size.
  const drawnBoxes = (input) => {
    for (let up = parentOf(input), level = 0; up && level < 4; up = parentOf(up), level += 1) {
      const parents = [up, ...findIn(up, '*')].slice(0, 200);
      for (const parent of parents) {
        const row = Array.from(childrenOf.call(parent)).filter((child) => child !== input && !holds(child, input))
          .map((child) => [child, boxOf(child)])
          .filter(([, box]) => 14 <= box.width && box.width <= 110 && 14 <= box.height && box.height <= 120);
        const [, first] = row[0] ?? [];
        const same = row.filter(([child, box]) => Math.abs(box.width - first.width) < 4
          && Math.abs(box.top - first.top) < 4 && drawnAtAll(child));
        if (4 <= same.length && same.length <= 10) return same.length;
      }
    }
    return 0;
  };

  const seen = (input, over) => {
    const box = input.getBoundingClientRect();
    const style = getComputedStyle(input);
    const ghost = alpha(style.color) < 0.1 && alpha(style.backgroundColor) < 0.1;
    const plain = drawnAtAll(input) && onPage(box);
    const drawn = ghost || !plain ? drawnBoxes(input) : 0;
    const visible = plain && (!ghost || 4 <= drawn);
    return { visible, covered: visible && (hitTest(input) === false || underSheet(input, over)), drawn };
  };

  // Words ---------------------------------------------------------------------------------------------

  const SILENT = 'a, button, datalist, input, noscript, option, script, select, style, svg, template, textarea, [role=button], [role=link]';

  // Backwards for what stands before an input: of a long text its end counts.
  const textIn = (node, backwards = false) => {
    let text = '';
    const add = (part) => { text = backwards ? part + text : text + part; };
    const read = (node) => {
      if (400 < text.length) return;
      if (kindOf.call(node) === Node.TEXT_NODE) add(node.data.replace(/\s+/g, ' '));
      if (kindOf.call(node) !== Node.ELEMENT_NODE || is(node, SILENT)) return;
      const style = getComputedStyle(node);
      if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
      const assigned = node.localName === 'slot' ? node.assignedNodes() : [];
      const children = Array.from(assigned.length ? assigned : insideOf.call(rootOf(node) ?? node));
      // Blocks are sentences of their own.
      const end = style.display.startsWith('inline') ? ' ' : '\n';
      add(end);
      for (const child of backwards ? children.reverse() : children) read(child);
      add(end);
    };
    read(node);
    return text.replace(/[^\S\n]+/g, ' ').replace(/\s*\n\s*/g, '\n').trim();
  };

  const FIELD = 'select, textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=submit], [type=button], [type=image], [type=reset])';

  const letters = (text) => (text.match(/\p{L}/gu) ?? []).length;

  // Text before or after an input: up the tree until there is some, never past another input. Its own label
  // does not count: what asks for the code stands above it.
  const textBeside = (input, next) => {
    let text = '';
    let enough = 16;
    if (next === 'previousSibling') for (const label of labelsOf(input)) enough += letters(label.textContent);
    for (let at = input, level = 0; at && level < 7; at = parentOf(at), level += 1) {
      if (at === document.body) break;
      const nextOf = (node) => besideOf[next].call(node);
      for (let sibling = nextOf(at); sibling; sibling = nextOf(sibling)) {
        // What stands before another field is about that one.
        if (kindOf.call(sibling) === Node.ELEMENT_NODE
          && (is(sibling, FIELD) || findIn(sibling, FIELD).length)) break;
        const part = textIn(sibling, next === 'previousSibling');
        text = next === 'previousSibling' ? `${part}\n${text}` : `${text}\n${part}`;
        if (400 < text.length) break;
      }
      if (enough <= text.length && enough <= letters(text)) break;
    }
    text = text.replace(/\s*\n\s*/g, '\n').trim();
    return next === 'previousSibling' ? text.slice(-400) : text.slice(0, 200);
  };

  const referred = (element, attribute) => (given(element, attribute) ?? '').split(/\s+/).filter(Boolean)
    .map((id) => Node.prototype.getRootNode.call(element).getElementById?.(id)?.textContent ?? '').join(' ');

  // A browser looks for the labels of one input in the whole document: for many inputs they are sorted once.
  let sorted = null;
  const labelsOf = (input) => sorted ? sorted.get(input) ?? [] : Array.from(input.labels ?? []);
  const sortLabels = (all) => {
    sorted = new Map();
    for (const label of all) {
      if (label.localName === 'label' && label.control) sorted.set(label.control, [...(sorted.get(label.control) ?? []), label]);
    }
  };

  // What a label says that is not drawn, as the title of an icon. What a button in it says is the button's.
  const UNSAID = 'button, [role=button], script, style, template, noscript, select, textarea';
  const written = (label) => {
    const walker = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
    let text = '';
    while (walker.nextNode()) {
      const above = aboveOf.call(walker.currentNode);
      const silent = above && Element.prototype.closest.call(above, UNSAID);
      if (!silent || silent === label || !holds(label, silent)) text += walker.currentNode.data;
    }
    return text;
  };

  const labelOf = (input) => {
    const parts = labelsOf(input).map((label) => textIn(label) || written(label));
    parts.push(referred(input, 'aria-labelledby'), input.getAttribute('aria-label') ?? '');
    // A component's own attributes, where the input is an inner part of it.
    const host = input.getRootNode().host;
    if (host) for (const name of ['label', 'aria-label', 'placeholder']) parts.push(host.getAttribute(name) ?? '');
    return clip(parts.join(' '));
  };

  const hintOf = (input) => {
    const group = input.closest('[role=group], [role=dialog], fieldset, dialog');
    return clip([referred(input, 'aria-describedby'),
      group ? given(group, 'aria-label') ?? '' : '', group ? referred(group, 'aria-labelledby') : '',
      group ? findIn(group, ':scope > legend')[0]?.textContent ?? '' : ''].join(' | '), 400);
  };

  const NAMED = /^(data-(auto|cy|e2e|field|input|name|otp|purpose|qa|slot|target|test)[\w-]*|formcontrolname|ng-model|part|v-model)$/;
  const dataOf = (input) => {
    const host = input.getRootNode().host;
    const own = Array.from(input.attributes).filter(({ name }) => NAMED.test(name)).map(({ name, value }) => `${name.replace('data-', '')} ${value}`);
    return clip([...own, host?.id ?? '', host?.getAttribute('name') ?? ''].join(' '));
  };

  // Three levels up, or as far as it goes.
  const areaOf = (input) => {
    let area = input;
    for (let level = 0; level < 3; level += 1) area = parentOf(area) ?? area;
    return area;
  };

  // A picture to be read stands in the input's own row, or right above.
  const imagesNear = (input, images) => {
    const box = input.getBoundingClientRect();
    return clip(images.filter((image) => {
      const place = image.getBoundingClientRect();
      return Math.abs(place.top - box.top) < 160 && Math.abs(place.left - box.left) < 500;
    }).map((image) => [image.id, image.getAttribute('class'), image.alt, image.title, image.getAttribute('src')?.slice(0, 80)]
      .filter((text) => text && !String(text).startsWith('data:')).join(' ')).join(' '), 300);
  };

  // A picture of a few letters: of their shape, and touching the input's row or the ones next to it. In the
  // row itself a label may stand between.
  const picturedNear = (input, images) => {
    const box = input.getBoundingClientRect();
    return images.some((image) => {
      const { left, right, top, bottom, width, height } = image.getBoundingClientRect();
      const reach = top < box.bottom && box.top < bottom ? 240 : 60;
      return 50 <= width && width <= 320 && 18 <= height && height <= 110 && 1.6 * height <= width
        && top < box.bottom + 60 && box.top - 60 < bottom && left < box.right + reach && box.left - reach < right;
    });
  };

  const clip = (text, most = 200) => text.replace(/\s+/g, ' ').trim().slice(0, most);
  const attribute = (element, name) => clip(given(element, name) ?? '');

  // What an `<input type=submit>` says is its value attribute, which nobody types.
  const buttonOf = (form) => {
    const [button] = findIn(form, 'button:not([type=button]), [type=submit]');
    return clip(button?.textContent || button?.getAttribute('value') || '');
  };

  // Without a form, the button is the next one that follows, if it stands near in the tree.
  const BUTTON = 'button, [type=submit], [type=button], [role=button]';
  const buttonsAfter = (all) => {
    const after = new Map();
    let next = null;
    for (const element of all.toReversed()) {
      if (is(element, BUTTON)) next = element;
      else if (element.localName === 'input' && !element.form) after.set(element, next);
    }
    return (input) => {
      const button = after.get(input) ?? null;
      let area = input;
      for (let level = 0; level < 5 && area && !holds(area, button); level += 1) area = parentOf(area);
      return button && area && holds(area, button) ? clip(button.textContent || button.getAttribute('value') || '') : '';
    };
  };

  // Of many fields, those that are looked at: a code is asked for in few fields, and thousands are a table or
  // a list. So the fields of small forms and boxes come first, and before them what stands out by itself.
  const BLOCK = 'form, dialog, [role=dialog], fieldset, table, [role=grid], ul, ol, body';
  const chosen = (fields) => {
    if (fields.length <= MANY) return fields;
    const blocks = fields.map((field) => field.closest(BLOCK) ?? field.getRootNode());
    const sizes = new Map();
    for (const block of blocks) sizes.set(block, (sizes.get(block) ?? 0) + 1);
    const active = deepActive();
    const first = (field) => field === active || field.getAttribute('autocomplete')?.toLowerCase().includes('one-time-code');
    return fields.map((field, at) => [first(field) ? 0 : sizes.get(blocks[at]), field])
      .sort(([a], [b]) => a - b).slice(0, MANY).map(([, field]) => field);
  };

  const describeInput = (input, index, forms, over, buttonAfter, pictures) => {
    const box = input.getBoundingClientRect();
    const texty = ['text', 'tel', 'number', 'password', 'email', 'url', 'search'].includes(input.type);
    if (!texty) return { index, kind: input.type };
    const area = areaOf(input);
    const images = pictures.filter((image) => holds(area, image)).slice(0, 20);
    const [name, id, autocomplete, inputMode, pattern, placeholder, title] = ['name', 'id', 'autocomplete', 'inputmode', 'pattern', 'placeholder', 'title'].map((name) => attribute(input, name));
    return {
      ...{ index, kind: input.type, name, id, autocomplete, inputMode, pattern, placeholder, title },
      class: attribute(input, 'class'),
      maxLength: input.maxLength,
      label: labelOf(input),
      hint: hintOf(input),
      data: dataOf(input),
      before: textBeside(input, 'previousSibling'),
      after: textBeside(input, 'nextSibling'),
      images: imagesNear(input, images),
      pictured: picturedNear(input, images),
      ...{ x: box.left + scrollX, y: box.top + scrollY, width: box.width, height: box.height },
      ...seen(input, over),
      readonly: input.readOnly,
      disabled: input.matches(':disabled') || input.getAttribute('aria-disabled') === 'true' || input.closest('[inert]') !== null,
      filled: input.value !== '',
      focused: deepActive() === input,
      search: input.type === 'search' || input.closest('[role=search], search') !== null || input.getAttribute('role') === 'searchbox',
      bare: !['type', 'name', 'id', 'autocomplete', 'inputmode', 'maxlength', 'pattern', 'aria-label', 'aria-labelledby', 'placeholder'].some((name) => input.hasAttribute(name)),
      form: input.form ? forms.indexOf(input.form) : null,
      button: input.form ? '' : buttonAfter(input),
    };
  };

  const deepActive = () => {
    let active = document.activeElement;
    for (let root = active && rootOf(active); root?.activeElement; root = rootOf(active)) active = root.activeElement;
    return active;
  };

  // Who the addresses of this page and of the one before say is logging in. A page of another site is there
  // with its origin alone; of the same origin the browser may know it whole.
  const WHOSE = /^(account|email|identifier|login|login_?hint|user|user_?name|u)$/i;
  const named = () => {
    const entries = globalThis.navigation?.entries?.() ?? [];
    const before = entries[(globalThis.navigation?.currentEntry?.index ?? 0) - 1]?.url;
    return [location.href, before, document.referrer].filter((url) => url && URL.canParse(url))
      .map((url) => new URL(url)).filter((url) => url.origin === location.origin)
      .flatMap((url) => [...url.searchParams].filter(([name]) => WHOSE.test(name)).map(([, value]) => clip(value, 64)))
      .filter(Boolean);
  };

  // Who the page says is logging in: mail addresses, and short texts that the page itself calls so.
  const names = () => {
    // What is drawn costs the layout of all of it, and most pages have no address.
    const walker = document.createTreeWalker(document.body ?? document, NodeFilter.SHOW_TEXT);
    let address = false;
    while (!address && walker.nextNode()) {
      const { data, parentElement } = walker.currentNode;
      address = data.includes('@') && parentElement !== null && !is(parentElement, 'script, style, template, noscript');
    }
    // A picture (SVG) has no body.
    const text = address ? (document.body?.innerText ?? '').slice(0, 20_000) : '';
    const found = text.match(/[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+/g) ?? [];
    const WHO = '[class*=user i], [class*=account i], [class*=identity i], [id*=user i], [id*=account i], [id*=identity i], [data-testid*=user i]';
    for (const element of Array.from(document.querySelectorAll(WHO)).slice(0, 50)) {
      const own = clip(wordsOf.call(element) ?? '', 100);
      if (0 < own.length && own.length < 65) found.push(own);
    }
    return [...new Set([...named(), ...found])].slice(0, 16);
  };

  const describe = () => {
    const all = Array.from(elementsIn(document));
    const inputs = all.filter((element) => element.localName === 'input' && element instanceof HTMLInputElement);
    sortLabels(all);
    const close = new Set(chosen(inputs.filter((input) => input.matches(FIELD))));
    const buttonAfter = buttonsAfter(all);
    const pictures = all.filter((element) => is(element, 'img, canvas, svg')).slice(0, 500);
    const forms = [...new Set(inputs.map((input) => input.form).filter(Boolean))];
    const over = inputs.length ? sheets() : [];
    const headings = all.filter((element) => is(element, 'h1, h2, h3, h4, legend, [role=heading]') && drawnAtAll(element));
    const said = {
      origin: self.origin,
      top: self === top,
      shown: framesShown(),
      token: remember(inputs, close),
      names: self === top ? names() : [],
      title: clip(document.title),
      headings: headings.slice(0, 20).map((heading) => clip(textIn(heading))).filter(Boolean),
      lang: document.documentElement.lang,
      forms: forms.map((form) => ({
        words: clip([attribute(form, 'id'), attribute(form, 'name'), attribute(form, 'class'), attribute(form, 'action').replace(/^\w+:\/\/[^/]*|[?#].*$/g, '')].join(' ')),
        button: buttonOf(form),
      })),
      inputs: inputs.map((input, index) => close.has(input) ? describeInput(input, index, forms, over, buttonAfter, pictures) : { index, kind: input.type }),
      frames: all.filter((element) => element.localName === 'iframe').slice(0, 50).map((element) => ({
        origin: URL.canParse(element.src) ? new URL(element.src).origin : self.origin,
        shown: drawnAtAll(element) && onPage(element.getBoundingClientRect()) && hitTest(element) !== false && !underSheet(element, over),
      })),
    };
    sorted = null; // What is looked at later is looked at as it is then.
    return said;
  };

  // Writing -------------------------------------------------------------------------------------------

  const looks = (input) => [input.type, input.name, input.id, labelOf(input), input.autocomplete, input.maxLength];
  // Of boxes, the one that is next takes a whole code in some widgets, and says so.
  const unlike = (now, before, boxed) => now.slice(0, boxed ? 4 : 6).join('\0') !== (before ?? []).slice(0, boxed ? 4 : 6).join('\0');
  const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const digits = (text) => text.replace(/[\s-]/g, '');

  const focus = (input) => {
    input.focus({ preventScroll: true });
    // Behind an open popup the document has no focus, and the browser keeps these events for later.
    if (!document.hasFocus()) {
      input.dispatchEvent(new FocusEvent('focus', { composed: true }));
      input.dispatchEvent(new FocusEvent('focusin', { bubbles: true, composed: true }));
    }
    return deepActive() === input;
  };

  const type = (input, text) => {
    const code = /\d/.test(text[0]) ? `Digit${text[0]}` : `Key${text[0].toUpperCase()}`;
    const key = { key: text[0], code, bubbles: true, composed: true, cancelable: true };
    input.dispatchEvent(new KeyboardEvent('keydown', key));
    set.call(input, text);
    input.dispatchEvent(new InputEvent('input', { inputType: 'insertText', data: text, bubbles: true, composed: true }));
    input.dispatchEvent(new KeyboardEvent('keyup', key));
  };

  // What the browser itself does when somebody types, for widgets that heed nothing else.
  const typeByBrowser = async (inputs, code) => {
    if (!focus(inputs[0])) return false;
    inputs[0].select();
    for (const digit of code) {
      if (!inputs.includes(deepActive())) return false;
      document.execCommand('insertText', false, digit);
      await pause();
    }
    return true;
  };

  const write = async ({ token, origin, inputs: wanted, code, submit }) => {
    const inputs = token === kept.token ? wanted.map((index) => kept.elements[index]?.deref()) : [];
    const before = wanted.map((index) => kept.looks[index]);
    const done = (outcome) => {
      forget();
      return { outcome };
    };
    const changed = (input, at) => !input?.isConnected || input.ownerDocument !== document
      || unlike(looks(input), before[at], 1 < wanted.length) || input.readOnly || input.matches(':disabled');
    if (!inputs.length || self.origin !== origin || inputs.some(changed)) return done('changed');
    if (1 < inputs.length && inputs.length !== code.length) return done('length');
    if (hitTest(inputs[0]) === null) inputs[0].scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const over = sheets();
    const hidden = (input) => {
      const now = seen(input, over);
      const one = inputs.length === 1 && 4 <= now.drawn;
      return !one && (!now.visible || now.covered || hitTest(input) !== true);
    };
    if (inputs.some(hidden)) return done('hidden');

    const parts = 1 < inputs.length ? Array.from(code) : [code];
    let taken = true;
    for (const [at, input] of inputs.entries()) {
      if (self.origin !== origin || changed(input, at) || hidden(input)) return done(at ? 'changed' : 'hidden');
      // Where a page sends the focus elsewhere, it wants something else than we were shown.
      if (!focus(input) && !inputs.includes(deepActive())) return done('focus');
      if (changed(input, at) || hidden(input)) return done('changed');
      type(input, parts[at]);
      await pause();
      taken &&= !input.isConnected || input.disabled || digits(input.value) === parts[at];
    }
    if (!taken) {
      if (inputs.some(changed) || inputs.some(hidden)) return done('changed');
      for (const input of inputs) set.call(input, '');
      if (!(await typeByBrowser(inputs, code))) return done('focus');
      await pause();
      const now = inputs.map((input) => digits(input.value)).join('');
      if (now !== code && inputs.every((input) => input.isConnected && !input.disabled)) return done('refused');
    }
    const last = inputs.at(-1);
    last.dispatchEvent(new Event('change', { bubbles: true }));
    if (submit && last.isConnected) {
      // A field of the page may have that name.
      try { HTMLFormElement.prototype.requestSubmit.call(last.form); } catch { /* The code is in; the person sends it. */ }
    }
    return done('filled');
  };

  // Addresses of accounts that a person can see: as links, or written out.
  const links = () => {
    const seen = Array.from(elementsIn(document)).filter((element) => element.localName === 'a' && drawnAtAll(element))
      .map((link) => link.getAttribute('href') ?? '').filter((href) => /^otpauth(-migration)?:/i.test(href.trim()));
    const written = (document.body?.innerText ?? '').slice(0, 200_000).match(/otpauth(-migration)?:\/\/[^\s"'<>`]+/gi) ?? [];
    return [...new Set([...seen, ...written])].slice(0, 16).map((link) => link.trim().slice(0, 4096));
  };

  // A picture's own pixels as PNG in Base64, with a light border; nothing if it is another site's.
  const picture = (address) => {
    const image = Array.from(elementsIn(document)).find((element) => element instanceof HTMLImageElement && element.currentSrc === address);
    if (!image) return undefined;
    const box = image.getBoundingClientRect();
    const size = image.naturalWidth ? [image.naturalWidth, image.naturalHeight] : [box.width, box.height];
    const scale = Math.min(1, 4096 / Math.max(...size, 1));
    const [width, height] = size.map((side) => Math.max(1, Math.round(side * scale)));
    const border = Math.ceil(Math.max(width, height) / 12);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width + 2 * border, height + 2 * border];
    try {
      canvas.getContext('2d').drawImage(image, border, border, width, height);
      return canvas.toDataURL('image/png').split(',')[1];
    } catch {
      return undefined;
    }
  };

  // What the person has selected, for keeping: recovery codes. Of a field, only what they marked in it.
  const selected = () => {
    const active = deepActive();
    const field = active && is(active, 'textarea, input:is([type=text], :not([type]))');
    const text = field ? active.value.slice(active.selectionStart, active.selectionEnd) : '';
    return (text || String(getSelection() ?? '')).trim().slice(0, 8192);
  };

  // Points a field out without a style of ours: an animation leaves nothing when it has ended.
  const show = ({ token, inputs: wanted }) => {
    const inputs = token === kept.token ? wanted.map((index) => kept.elements[index]?.deref()) : [];
    inputs[0]?.scrollIntoView({ block: 'center', behavior: 'instant' });
    for (const input of inputs) {
      input?.animate([{ boxShadow: '0 0 0 4px #2f56d9' }, { boxShadow: '0 0 0 4px #2f56d9' }], 1500);
    }
  };

  Object.defineProperty(globalThis, 'countersign', {
    value: Object.freeze({ describe, links, picture, selected, write, show, forget }), configurable: true, enumerable: false,
  });
})();

// The result of the injection; a function or an object would not survive the way back.
undefined;
