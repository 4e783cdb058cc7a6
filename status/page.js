// Keeps the page live. The kiosk prints every word of it; this only fetches the page again and swaps what changed.
(() => {
  const $ = id => document.getElementById(id);
  const words = $('words').dataset;
  const printed = new WeakMap(); // a piece as it was printed, before a reader unfolded or typed anything
  const key = e => e.innerHTML + [...e.attributes].map(a => a.value);
  const note = e => { printed.set(e, key(e)); for (const c of e.children) if (c.id) note(c); };
  for (const e of document.querySelectorAll('[data-live]')) note(e);
  const parse = text => new DOMParser().parseFromString(text, 'text/html');
  const of = f => f.closest('[id]')?.id + f.getAttribute('action').split('?')[0];
  let busy = false, again = false, live = false, ending = false, last = Date.now();

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
    const said = new Map([...old.querySelectorAll('output')].map(o => [of(o.form), [...o.childNodes]]));
    const at = old.contains(document.activeElement) ? [...old.querySelectorAll('a, button, summary')].indexOf(document.activeElement) : -1;
    const own = old.matches('details') ? old.open : null;
    const fresh = document.importNode(now, true);
    note(fresh);
    old.replaceWith(fresh);
    if (own !== null) fresh.open = own;
    for (const d of fresh.querySelectorAll('details')) if (open.has(d.id)) d.open = open.get(d.id);
    for (const o of fresh.querySelectorAll('output')) o.replaceChildren(...said.get(of(o.form)) ?? []);
    if (at >= 0) fresh.querySelectorAll('a, button, summary')[at]?.focus({preventScroll: true});
  };

  // take renews the page from another print of it.
  const take = page => {
    for (const e of document.querySelectorAll('[data-live]')) {
      const now = page.getElementById(e.id);
      if (now) swap(e, now);
    }
    stale(false);
    // A session that has ended, or begun elsewhere, changes what there is to do. What was typed is kept.
    const who = d => !d.querySelector('.who'), fresh = page.getElementById('words').dataset.run !== words.run;
    if (fresh || who(page) !== who(document)) leave(who(document) ? '' : fresh ? '&no=restarted' : '&no=sign-in');
  };

  // leave prints the page anew, at the slot that somebody works at.
  const leave = code => location.replace(here + code + (asked.has('slot') ? '#slot-' + asked.get('slot') : location.hash));

  const asked = new URLSearchParams(location.search);
  for (const once of ['done', 'no']) asked.delete(once);
  if (!asked.has('lang')) asked.set('lang', document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');
  let here = '/?' + asked;

  // What is typed outlives a restart of the kiosk, and the end of a session; a secret does not. What nobody touched is not kept.
  const typed = JSON.parse(sessionStorage.getItem('typed') || '{}');
  const store = () => sessionStorage.setItem('typed', JSON.stringify(typed));
  const keep = form => {
    typed[of(form)] = Object.fromEntries([...form.elements].filter(e => e.name && e.type !== 'password' && e.tagName !== 'BUTTON' &&
      (e.type === 'hidden' ? e.name.startsWith('was_') : e.value !== e.defaultValue)).map(e => [e.name, e.value]));
    store();
  };
  const forget = form => { delete typed[of(form)]; store(); };
  for (const form of document.forms) {
    for (const [name, value] of Object.entries(typed[of(form)] ?? {})) {
      if (form.elements[name]) { form.elements[name].value = value; form.dataset.typed = 1; }
    }
  }
  const slotTyped = () => Object.keys(typed).find(k => k.startsWith('slot-'))?.match(/\d+/)[0];
  if ($('door') && $('said') && slotTyped()) $('said').append(' ' + words.kept);

  const renew = async () => {
    if (ending) return;
    if (busy) { again = true; return; }
    busy = true;
    last = Date.now();
    try {
      const r = await fetch(here, {cache: 'no-store', signal: AbortSignal.timeout(8000)});
      if (!r.ok) throw r.status;
      take(parse(await r.text()));
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

  document.addEventListener('input', e => {
    const form = e.target.form;
    if (!form) return;
    form.dataset.typed = 1;
    if (!form.closest('#door')) keep(form);
  });
  document.addEventListener('click', e => {
    const form = e.target.closest('form.fields a.tap')?.closest('form');
    if (form) forget(form);
  });

  // tell says at a form what came of it: a text, or what the kiosk printed.
  const tell = (form, text, ok) => {
    const said = form.querySelector('output') || form.appendChild(document.createElement('output'));
    said.replaceChildren(...text.childNodes ? document.importNode(text, true).childNodes : [text]);
    const now = said.textContent;
    if (ok) setTimeout(() => { if (said.textContent === now) said.textContent = ''; }, 12000);
  };

  // say says it on top, where it stays in sight: the form is gone with what it was about.
  const say = strip => {
    $('said')?.remove();
    $('stale').after(document.importNode(strip, true));
  };

  // twin is the same form on another print of the page. Its action also tells what the slot held as printed.
  const twin = (form, page) => [...page.forms].find(f => of(f) === of(form));

  // back waits for the next run of the program, and says when it is there.
  const back = async form => {
    ending = true;
    for (let n = 0; ; n++) {
      await new Promise(done => setTimeout(done, 2000));
      try {
        const r = await fetch(here, {cache: 'no-store', signal: AbortSignal.timeout(8000)});
        if (r.ok && parse(await r.text()).getElementById('words').dataset.run !== words.run) { leave('&done=restarted'); return; }
      } catch { /* not yet */ }
      if (n === 60) tell(form, '✕ ' + words.away);
    }
  };

  // finish takes the print that says what came of a form.
  const finish = (form, page, url) => {
    const said = page.getElementById('said'), ok = said?.classList.contains('good'), next = twin(form, page);
    if (page.getElementById('words').dataset.restarting) { tell(form, said); back(form); return; }
    if (next?.dataset.asks) { // as it was typed, with a question
      const asks = document.importNode(next, true);
      form.replaceWith(asks);
      asks.dataset.typed = 1;
      asks.querySelector('button').focus();
      return;
    }
    if (ok || form.classList.contains('step')) { delete form.dataset.typed; forget(form); }
    if (ok && form.dataset.then) {
      const slot = slotTyped();
      location.replace(slot ? url + '&slot=' + slot + '#slot-' + slot : url + form.dataset.then);
      return;
    }
    if (ok && of(form).endsWith('/change')) { // it is done: the form closes
      asked.delete('slot');
      here = '/?' + asked;
      history.replaceState(null, '', here);
      form.remove();
    }
    tell(form, said, ok);
    if (next) form.setAttribute('action', next.getAttribute('action')); // whoever sends it again has read more
    take(page);
    if (form.isConnected) return;
    const there = twin(form, document);
    if (there) tell(there, said, ok); else say(said);
  };

  // send posts a form, and takes what the kiosk prints in answer.
  const send = async (form, path, body) => {
    const buttons = [...form.querySelectorAll('button')].filter(b => !b.disabled);
    for (const b of buttons) b.disabled = true;
    $('said')?.remove();
    tell(form, words.sent);
    try {
      const r = await fetch(path, {method: 'POST', body, headers: {Accept: 'text/html'}, signal: AbortSignal.timeout(90000)});
      // What was posted may be done although the print of it did not come.
      if (!r.headers.get('Content-Type').startsWith('text/html')) throw r.redirected ? '' : (await r.json()).error;
      const page = parse(await r.text());
      for (const b of buttons) b.disabled = false;
      finish(form, page, r.url);
      return;
    } catch (e) { tell(form, '✕ ' + (typeof e === 'string' && e || words.lost)); }
    for (const b of buttons) b.disabled = false;
    if (form.classList.contains('step')) delete form.dataset.typed;
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
    if ('plain' in form.dataset) {
      if (of(form).endsWith('/sign-out')) sessionStorage.clear();
      return;
    }
    e.preventDefault();
    if (form.classList.contains('step')) { tap(form, button); return; }
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.set(button.name, button.value);
    send(form, button?.getAttribute('formaction') || form.getAttribute('action'), body);
  });
})();
