// Keeps the page live. The kiosk prints every word of it; this only fetches the page again and swaps what changed.
(() => {
  const $ = id => document.getElementById(id);
  const words = $('words').dataset;
  const printed = new WeakMap(); // a piece as it was printed, before a reader unfolded or typed anything
  const key = e => e.innerHTML + [...e.attributes].map(a => a.value);
  const note = e => { printed.set(e, key(e)); for (const c of e.children) if (c.id) note(c); };
  for (const e of document.querySelectorAll('[data-live]')) note(e);
  let busy = false, again = false, live = false, last = Date.now();

  const stale = old => {
    $('stale').hidden = !old;
    document.body.classList.toggle('old', old);
  };

  // held: the reader is in the middle of something here.
  const held = e => e.matches('[data-typed]') || e.querySelector('[data-typed]') ||
    e.contains(document.activeElement) && document.activeElement.matches('input:not([type=hidden]), select');

  // swap renews one piece, those of its children that have names each for itself.
  const swap = (old, now) => {
    const was = key(now);
    if (printed.get(old) === was) return;
    const mine = [...old.children], next = [...now.children];
    const named = next.length && next.every(c => c.id);
    if (named && mine.length === next.length && mine.every((c, i) => c.id === next[i].id)) {
      next.forEach((c, i) => swap(mine[i], c));
      printed.set(old, was);
      return;
    }
    if (held(old)) return;
    const open = new Map([...old.querySelectorAll('details')].map(d => [d.id, d.open]));
    const said = [...old.querySelectorAll('output')].map(o => o.textContent);
    const at = old.contains(document.activeElement) ? [...old.querySelectorAll('a, button, summary')].indexOf(document.activeElement) : -1;
    const own = old.matches('details') ? old.open : null;
    const fresh = document.importNode(now, true);
    note(fresh);
    old.replaceWith(fresh);
    if (own !== null) fresh.open = own;
    for (const d of fresh.querySelectorAll('details')) if (open.has(d.id)) d.open = open.get(d.id);
    const outs = fresh.querySelectorAll('output');
    if (outs.length === said.length) outs.forEach((o, i) => { o.textContent = said[i]; });
    if (at >= 0) fresh.querySelectorAll('a, button, summary')[at]?.focus({preventScroll: true});
  };

  // take renews the page from another print of it.
  const take = page => {
    for (const e of document.querySelectorAll('[data-live]')) {
      const now = page.getElementById(e.id);
      if (now) swap(e, now);
    }
    stale(false);
    // A session that has ended, or begun elsewhere, changes what there is to do.
    if (!page.querySelector('.who') !== !document.querySelector('.who') && !document.querySelector('[data-typed]')) location.replace(here);
  };

  const asked = new URLSearchParams(location.search);
  for (const once of ['done', 'no']) asked.delete(once);
  if (!asked.has('lang')) asked.set('lang', document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');
  const here = '/?' + asked;

  const renew = async () => {
    if (busy) { again = true; return; }
    busy = true;
    last = Date.now();
    try {
      const r = await fetch(here, {cache: 'no-store', signal: AbortSignal.timeout(8000)});
      if (!r.ok) throw r.status;
      take(new DOMParser().parseFromString(await r.text(), 'text/html'));
    } catch { stale(true); }
    busy = false;
    if (again) { again = false; setTimeout(renew, 500); }
  };

  let shot = 0;
  const look = () => {
    const img = $('glass');
    if (!img || document.hidden || shot && Date.now() - shot < 10000) return;
    const next = new Image();
    shot = Date.now();
    next.onload = () => { img.src = next.src; shot = 0; };
    next.onerror = () => { shot = 0; };
    next.src = '/panel.png?t=' + shot;
  };

  // The first event tells what the page was just printed with: it is looked at again in a few seconds, not at once.
  const listen = () => {
    const events = new EventSource('/events');
    let first = true;
    events.onopen = () => { live = true; };
    events.onerror = () => { live = false; };
    events.onmessage = () => {
      live = true;
      if (first) { first = false; last = Date.now() - 12000; return; }
      if (!document.hidden) { renew(); look(); }
    };
  };
  if (document.readyState === 'complete') listen(); else addEventListener('load', listen);

  let beat = 0;
  setInterval(() => {
    if (document.hidden) return;
    beat++;
    if ($('front').dataset.busy || beat % 3 === 0) look();
    if (Date.now() - last > (live ? 15000 : 4000)) renew();
  }, 1000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { renew(); look(); } });

  document.addEventListener('input', e => { if (e.target.form) e.target.form.dataset.typed = 1; });

  // tell says at a form what came of it.
  const tell = (form, text, ok) => {
    const said = form.querySelector('output') || form.appendChild(document.createElement('output'));
    said.textContent = text;
    if (ok) setTimeout(() => { if (said.textContent === text) said.textContent = ''; }, 12000);
  };

  // twin is the same form on another print of the page. Its action also tells what the slot held as printed.
  const twin = (form, page) => {
    const of = f => f.closest('[id]')?.id + f.getAttribute('action').split('?')[0];
    return [...page.forms].find(f => of(f) === of(form)) ?? form;
  };

  // send posts a form, and takes what the kiosk prints in answer.
  const send = async (form, path, body) => {
    const buttons = [...form.querySelectorAll('button')].filter(b => !b.disabled);
    for (const b of buttons) b.disabled = true;
    tell(form, words.sent);
    try {
      const r = await fetch(path, {method: 'POST', body, headers: {Accept: 'text/html'}, signal: AbortSignal.timeout(90000)});
      if (!r.headers.get('Content-Type').startsWith('text/html')) throw r.status;
      const page = new DOMParser().parseFromString(await r.text(), 'text/html');
      const said = page.getElementById('said'), ok = said.classList.contains('good');
      for (const b of buttons) b.disabled = false;
      if (ok || form.classList.contains('step')) delete form.dataset.typed;
      if (ok && form.dataset.then) { location.replace(r.url + form.dataset.then); return; }
      tell(form, said.textContent.trim(), ok);
      form.setAttribute('action', twin(form, page).getAttribute('action')); // whoever sends it again has read more
      take(page);
      if (!form.isConnected) tell(twin(form, document), said.textContent.trim(), ok);
      return;
    } catch { tell(form, '✕ ' + words.lost); }
    for (const b of buttons) b.disabled = false;
    delete form.dataset.typed;
    renew();
  };

  // Taps on + and − are counted here and sent once, when the thumb rests.
  const taps = new Map();
  const tap = (form, button) => {
    const shown = form.querySelector('.stock b');
    const n = Math.min(999, Math.max(0, Number(shown.textContent) + (button === form.querySelector('button') ? -1 : 1)));
    shown.textContent = n;
    form.dataset.typed = 1;
    form.querySelector('button').disabled = n === 0;
    clearTimeout(taps.get(form));
    taps.set(form, setTimeout(async () => {
      taps.delete(form);
      const body = new URLSearchParams(new FormData(form));
      body.set('stock', n);
      await send(form, form.getAttribute('action'), body);
    }, 900));
  };

  document.addEventListener('submit', e => {
    const form = e.target, button = e.submitter;
    if ('plain' in form.dataset) return;
    e.preventDefault();
    if (form.classList.contains('step')) { tap(form, button); return; }
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.set(button.name, button.value);
    send(form, button?.getAttribute('formaction') || form.getAttribute('action'), body);
  });
})();
