// What a technician sees, on a telephone and on a desk, in both languages, whatever the kiosk is doing.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Street, browser, desk, phone, pictures, signIn, until} from './street.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const mostBytes = 60 << 10, mostRequests = 10, mostScript = 0.2;
let street, chrome;

before(async () => { chrome = await browser(); });
after(async () => { await chrome?.close(); });

/** watched opens a page that takes note of all that it asks for and complains of. */
async function watched(context) {
  const page = await context.newPage();
  const seen = {requests: [], bytes: 0, wrong: []};
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) seen.wrong.push(m.text()); });
  page.on('pageerror', e => seen.wrong.push(String(e)));
  page.on('request', r => {
    seen.requests.push(r.url());
    if (!r.url().startsWith(street.url + '/')) seen.wrong.push('asked for ' + r.url());
  });
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  await wire.send('Performance.enable');
  // What a request cost is known at its end; a stream of events has none, and costs what it has said.
  const streams = new Set();
  wire.on('Network.responseReceived', r => { if (r.response.mimeType === 'text/event-stream') streams.add(r.requestId); });
  wire.on('Network.loadingFinished', r => { seen.bytes += r.encodedDataLength; });
  wire.on('Network.dataReceived', d => { if (streams.has(d.requestId)) seen.bytes += d.dataLength; });
  return {page, seen, wire};
}

async function judged(page) {
  await page.evaluate(axe);
  return page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
}

/** looks opens the page once and holds it to everything. */
async function looks(name, lang, viewport, {signed = false, scheme = 'dark', then} = {}) {
  const context = await chrome.newContext({viewport, colorScheme: scheme, deviceScaleFactor: viewport === phone ? 2 : 1, locale: lang === 'zh' ? 'zh-CN' : 'en-GB'});
  try {
    if (signed) await signIn(context, street);
    const {page, seen, wire} = await watched(context);
    await page.goto(`${street.url}/?lang=${lang}`, {waitUntil: 'load'});
    await page.waitForFunction(() => performance.getEntriesByType('paint').some(p => p.name === 'first-contentful-paint'));
    const {metrics} = await wire.send('Performance.getMetrics');
    const script = metrics.find(m => m.name === 'ScriptDuration').value;
    await page.waitForTimeout(500); // whatever else the first load asks for
    const where = `${name} ${lang} ${viewport.width}`;
    const first = {requests: seen.requests.length, bytes: seen.bytes};
    assert.ok(first.requests <= mostRequests, `${where}: ${first.requests} requests: ${seen.requests.join(' ')}`);
    assert.ok(first.bytes <= mostBytes, `${where}: ${first.bytes} bytes`);
    assert.ok(script < mostScript, `${where}: ${script} s of script before the first paint`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${where}: ${wide} px stick out`);
    await then?.(page);
    await page.screenshot({path: join(pictures, `${name}-${lang}-${viewport.width}${scheme === 'light' ? '-light' : ''}.png`), fullPage: true});
    await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
    const found = viewport === phone ? await judged(page) : {violations: []}; // a desk gets the same elements and colours
    assert.deepEqual(found.violations.map(v => `${where}: ${v.id}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')}`), []);
    const small = await page.evaluate(() => [...document.querySelectorAll('button, summary, select, input:not([type=hidden]), .bar a, .tap')]
      .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()]).filter(([, b]) => b.width > 0 && (b.height < 44 || b.width < 44)).map(([html, b]) => `${html} is ${b.width} x ${b.height}`));
    assert.deepEqual(small, [], `${where}: too small for a thumb`);
    assert.deepEqual(seen.wrong, [], where);
    return first;
  } finally { await context.close(); }
}

async function everywhere(t, name, what) {
  for (const viewport of [phone, desk]) {
    for (const lang of ['zh', 'en']) {
      const first = await looks(name, lang, viewport, what);
      t.diagnostic(`${name} ${lang} ${viewport.width}: ${first.requests} requests, ${first.bytes} bytes`);
    }
  }
}

test('the page', async t => {
  street = await Street.open();
  try {
    for (const slot of [1, 3, 1, 4]) await street.buy(slot);
    await street.calm();
    await t.test('idle', async t => {
      await everywhere(t, 'idle', {then: async page => assert.match(await page.locator('#a-sell').innerText(), /可以售卖|can sell/)});
      await looks('idle', 'zh', phone, {scheme: 'light'});
    });
    await t.test('selling', async t => {
      await street.choose(2);
      await everywhere(t, 'selling', {then: async page => assert.match(await page.locator('#front').innerText(), /二维码|QR/)});
      await street.do('phone', {do: 'pay'});
    });
    await t.test('one slot jammed', async t => {
      await street.calm();
      await street.do('trouble', {what: 'slot', slot: 2, how: 'jam'});
      await street.buy(2);
      await until('slot 2 is set aside', async () => (await street.status()).slots[1].fault);
      await everywhere(t, 'jammed', {then: async page => assert.match(await page.locator('#a-sell').innerText(), /货道 2 · 卡住|slot 2 · jammed/)});
    });
    await t.test('owed', async t => {
      await street.strangersMoney();
      await everywhere(t, 'owed', {then: async page => assert.match(await page.locator('#a-owed').innerText(), /欠顾客的钱|owed money/)});
    });
    await t.test('maintenance', async t => {
      const context = await chrome.newContext({viewport: phone});
      const page = await signIn(context, street);
      await page.locator('#duty button').click();
      await until('maintenance', async () => !(await street.status()).ready);
      await context.close();
      await everywhere(t, 'maintenance', {signed: true, then: async page => assert.match(await page.locator('#duty').innerText(), /维护中|In maintenance/)});
      await looks('maintenance', 'zh', phone, {signed: true, scheme: 'light'});
    });
    await t.test('offline', async t => {
      await street.do('trouble', {what: 'network', how: 'off'});
      await until('it is offline', async () => (await street.status()).why.some(w => w.code === 'offline'));
      await everywhere(t, 'offline', {then: async page => assert.match(await page.locator('#a-cloud').innerText(), /微信支付连不上|does not answer/)});
    });
    t.diagnostic('pictures are in ' + pictures);
  } finally { await street.close(); }
});
