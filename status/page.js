// Keeps the page live. The kiosk prints every word of it; this only fetches the page again and swaps what changed.
(() => {
  const $ = id => document.getElementById(id);
  const words = $('words').dataset;
  const printed = new Map([...document.querySelectorAll('[data-live]')].map(e => [e.id, e.innerHTML]));
  let busy = false, again = false, live = false, last = Date.now();

  const stale = old => {
    $('stale').hidden = !old;
    document.body.classList.toggle('old', old);
  };

  // swap replaces one piece, and puts back what the reader had picked or unfolded in it.
  const swap = (old, now) => {
    if (printed.get(old.id) === now.innerHTML) return;
    printed.set(old.id, now.innerHTML);
    const picked = [...old.querySelectorAll(':checked')].map(e => e.value);
    const folds = new Map([...old.querySelectorAll('details')].map(d => [d.id, d.open]));
    old.replaceChildren(...now.childNodes);
    for (const e of old.querySelectorAll('input[type=radio]')) e.checked = picked.includes(e.value);
    for (const d of old.querySelectorAll('details')) if (folds.has(d.id)) d.open = folds.get(d.id);
    if (now.dataset.busy !== undefined) old.dataset.busy = now.dataset.busy;
  };

  const renew = async () => {
    if (busy) { again = true; return; }
    busy = true;
    last = Date.now();
    try {
      const lang = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
      const r = await fetch('/?lang=' + lang, {cache: 'no-store', signal: AbortSignal.timeout(8000)});
      if (!r.ok) throw r.status;
      const page = new DOMParser().parseFromString(await r.text(), 'text/html');
      for (const e of document.querySelectorAll('[data-live]')) {
        const now = page.getElementById(e.id);
        if (now) swap(e, now);
      }
      for (const id of ['clear', 'decide']) if ($(id)) $(id).hidden = page.getElementById(id)?.hidden ?? true;
      stale(false);
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

  const events = new EventSource('/events');
  events.onopen = () => { live = true; };
  events.onerror = () => { live = false; };
  events.onmessage = () => { live = true; if (!document.hidden) { renew(); look(); } };

  let beat = 0;
  setInterval(() => {
    if (document.hidden) return;
    beat++;
    if ($('front').dataset.busy || beat % 3 === 0) look();
    if (Date.now() - last > (live ? 15000 : 4000)) renew();
  }, 1000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { renew(); look(); } });

  // One secret typed is typed for every form of this page, kept nowhere else, and gone after five quiet minutes.
  const pins = document.querySelectorAll('input[name=pin]');
  let forget;
  document.addEventListener('input', e => {
    if (e.target.name === 'pin') for (const other of pins) if (other !== e.target) other.value = e.target.value;
    clearTimeout(forget);
    forget = setTimeout(() => { for (const p of pins) p.value = ''; }, 300000);
  });

  for (const form of document.querySelectorAll('form')) form.addEventListener('submit', async e => {
    e.preventDefault();
    const said = form.querySelector('output'), body = new URLSearchParams(new FormData(form));
    if (e.submitter?.name) body.set(e.submitter.name, e.submitter.value);
    const buttons = form.querySelectorAll('button');
    for (const b of buttons) b.disabled = true;
    said.textContent = words.sent;
    try {
      const r = await fetch(form.getAttribute('action'), {method: 'POST', body, headers: {Accept: 'application/json'}, signal: AbortSignal.timeout(10000)});
      const doc = await r.json();
      said.textContent = r.ok ? words.done : '✕ ' + doc.error;
      if (r.ok) {
        for (const i of form.querySelectorAll('input:not([name=pin])')) i.value = '';
        for (const i of document.querySelectorAll('input[type=radio]')) if (i.form === form) i.checked = false;
        setTimeout(() => { said.textContent = ''; }, 6000);
      }
    } catch { said.textContent = '✕ ' + words.lost; }
    for (const b of buttons) b.disabled = false;
    renew();
  });
})();
