// The eyes of the tests: a browser, what a page shows in it, and what it cost to show.
import assert from 'node:assert/strict';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';
import {patience, until} from './street.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const phone = {width: 360, height: 740}, desk = {width: 1280, height: 800};
const narrowest = 320, thumb = 44;

// What a first load may cost. The script's is counted in the time that its thread worked, on a processor four times slower.
const mostBytes = 60 << 10, mostRequests = 10, slower = 4, mostScript = 200;

export const pictures = process.env.PICTURES || fileURLToPath(new URL('../../bin/pictures', import.meta.url));
mkdirSync(pictures, {recursive: true});

/** browser starts Chromium without a window, as it starts everywhere: as root, without D-Bus, with a small /dev/shm. It sees nothing but our own pages. */
export function browser() {
  return chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium-headless-shell', headless: true, timeout: patience * 1000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
}

/** reader is somebody with a telephone or a desk, in a language. */
export async function reader(chrome, viewport, lang, more = {}) {
  const context = await chrome.newContext({viewport, colorScheme: 'dark', hasTouch: viewport === phone, deviceScaleFactor: viewport === phone ? 2 : 1,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB', ...more});
  context.setDefaultTimeout(patience * 1000);
  return context;
}

/** signIn goes in through the page's own form. */
export async function signIn(context, street, lang = 'zh') {
  const page = await context.newPage();
  await page.goto(`${street.url}/?lang=${lang}#service`);
  if (!await page.locator('#door[open]').count()) await page.locator('#door summary').click();
  await page.locator('input[name=name]').fill('anna');
  await page.locator('input[name=pin]').fill(street.pin);
  await page.locator('#door button').click();
  await page.locator('form[action*=sign-out]').waitFor();
  return page;
}

/** renews tells whether a live page asks for this once more: that is no part of its first load. */
function renews(url, kind) {
  const {pathname, searchParams} = new URL(url);
  return kind === 'fetch' && pathname === '/' || searchParams.has('t') && pathname === '/panel.png';
}

/** watched opens a page that takes note of all that it asks for and complains of. */
export async function watched(context, street) {
  const page = await context.newPage();
  const seen = {requests: [], bytes: 0, wrong: []};
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) seen.wrong.push(m.text()); });
  page.on('pageerror', e => seen.wrong.push(String(e)));
  page.on('request', r => {
    if (!renews(r.url(), r.resourceType())) seen.requests.push(r.url());
    if (!r.url().startsWith(street.url + '/')) seen.wrong.push('asked for ' + r.url());
  });
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  // What a request cost is known at its end; a stream of events has none, and costs what it has said.
  const streams = new Set(), later = new Set();
  wire.on('Network.requestWillBeSent', r => { if (renews(r.request.url, r.type.toLowerCase())) later.add(r.requestId); });
  wire.on('Network.responseReceived', r => { if (r.response.mimeType === 'text/event-stream') streams.add(r.requestId); });
  wire.on('Network.loadingFinished', r => { if (!later.has(r.requestId)) seen.bytes += r.encodedDataLength; });
  wire.on('Network.dataReceived', d => { if (streams.has(d.requestId)) seen.bytes += d.dataLength; });
  return {page, seen, wire};
}

const scripts = new Set(['EvaluateScript', 'FunctionCall', 'EventDispatch', 'TimerFire', 'FireAnimationFrame', 'RunMicrotasks',
  'v8.compile', 'v8.compileModule', 'v8.evaluateModule', 'v8.run', 'v8.callFunction', 'V8.CompileCode']);

/**
 * scriptBeforePaint reads out of a trace for how many milliseconds the page's main thread worked on scripts before the first
 * thing was seen; undefined where the trace has lost that. It counts what the thread worked, not what it waited for: a busy
 * machine changes nothing.
 */
function scriptBeforePaint(trace, frame, url) {
  const events = JSON.parse(trace).traceEvents;
  const came = events.find(e => e.name === 'CommitLoad' && e.args.data?.frame === frame && e.args.data.url === url);
  if (!came) return undefined;
  const mine = events.filter(e => e.pid === came.pid && e.tid === came.tid && e.ts >= came.ts - (came.dur ?? 0));
  const painted = mine.find(e => e.name === 'firstContentfulPaint' && e.args.frame === frame)?.ts ?? Infinity; // a trace that has lost it counts all
  const before = mine.filter(e => e.ph === 'X' && e.ts < painted);
  assert.ok(before.some(e => e.name === 'ParseHTML' && e.tdur > 0), 'the trace does not tell what the thread worked');
  let worked = 0, end = 0;
  for (const e of before.filter(e => scripts.has(e.name)).sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    if (e.ts < end) continue; // inside one that is counted
    worked += (e.tdur ?? 0) / 1000; // what took a microsecond has none
    end = e.ts + (e.dur ?? 0);
  }
  return worked;
}

/** firstLoad opens an address on a slow processor, and tells what came over the wire and how long scripts held up the first paint. */
export async function firstLoad(chrome, {page, seen, wire}, url) {
  await wire.send('Page.enable');
  const {frameTree: {frame}} = await wire.send('Page.getFrameTree');
  await wire.send('Page.setLifecycleEventsEnabled', {enabled: true});
  for (let tries = 1; ; tries++) {
    // The process that will show the page is there before the trace begins, so that the trace knows all that it does.
    await page.goto(new URL('/healthz', url).href);
    seen.requests.length = seen.bytes = 0;
    let loads, painted = false;
    const follow = e => {
      if (e.name === 'init') loads = e.loaderId;
      if (e.name === 'firstContentfulPaint' && e.loaderId === loads) painted = true;
    };
    wire.on('Page.lifecycleEvent', follow);
    await wire.send('Emulation.setCPUThrottlingRate', {rate: slower});
    await chrome.startTracing(page, {categories: ['devtools.timeline', 'v8', 'blink.user_timing', 'loading']});
    await page.goto(url, {waitUntil: 'load'});
    await until('something is seen', () => painted);
    wire.off('Page.lifecycleEvent', follow);
    await page.waitForTimeout(300); // whatever else the first load asks for
    const trace = await chrome.stopTracing();
    await wire.send('Emulation.setCPUThrottlingRate', {rate: 1});
    const script = scriptBeforePaint(trace, frame.id, url);
    if (script !== undefined) return {script, bytes: seen.bytes, requests: seen.requests.length};
    assert.ok(tries < 3, 'three traces do not tell of ' + url);
  }
}

/** affords holds a first load to what it may cost. */
export function affords(where, load, seen) {
  assert.ok(load.requests <= mostRequests, `${where}: ${load.requests} requests: ${seen.requests.join(' ')}`);
  assert.ok(load.bytes <= mostBytes, `${where}: ${load.bytes} bytes`);
  assert.ok(load.script < mostScript, `${where}: ${load.script} ms of script before the first paint`);
}

/** fits holds what is shown to the hand and the eye: nothing sticks out, nothing is too small for a thumb, and axe finds nothing. */
export async function fits(where, page) {
  await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
  assert.ok(found.passes.length > 10, `${where}: axe has looked at nothing`);
  assert.deepEqual(found.violations.map(v => `${where}: ${v.id}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')}`), []);
  const [count, small] = await page.evaluate(least => {
    const touched = [...document.querySelectorAll('button, summary, select, input:not([type=hidden]), a')]
      .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
    return [touched.length, touched.filter(([, b]) => b.height < least || b.width < least).map(([html, b]) => `${html} is ${b.width} x ${b.height}`)];
  }, thumb);
  assert.ok(count > 5, `${where}: nothing to touch`);
  assert.deepEqual(small, [], `${where}: too small for a thumb`);
  await within(where, page);
  const size = page.viewportSize();
  await page.setViewportSize({width: Math.min(narrowest, size.width), height: size.height});
  await within(where + ' at ' + narrowest, page);
  await page.setViewportSize(size);
}

async function within(where, page) {
  const out = await page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - innerWidth;
    const sticking = [...document.querySelectorAll('main *, header *, nav *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.unseen'));
    return wide > 0 || sticking.length ? [wide, ...sticking.slice(0, 5).map(e => e.outerHTML.slice(0, 120))] : [];
  });
  assert.deepEqual(out, [], `${where}: it sticks out to the right`);
}

/** keep keeps a picture: what is on the screen at first, and with whole the rest of the page too. */
export async function keep(page, name, whole = true) {
  await page.screenshot({path: join(pictures, name + '.png'), fullPage: whole});
}
