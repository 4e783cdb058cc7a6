// What a technician sees, on a telephone and on a desk, in both languages, whatever the kiosk is doing.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {affords, browser, desk, firstLoad, fits, keep, phone, pictures, reader, signIn, watched} from './eyes.mjs';
import {Street, until} from './street.mjs';

let street, chrome;

before(async () => { chrome = await browser(); });
after(async () => { await chrome?.close(); });

// states are what a kiosk may be doing when somebody looks: how it comes to that, and where the page says so.
const states = [
  {name: 'idle', at: '#a-sell', zh: /可以售卖/, en: /It can sell/,
    async comes() {
      for (const slot of [1, 3, 1, 4]) await street.buy(slot);
      await street.calm();
    }},
  {name: 'selling', at: '#front', zh: /二维码/, en: /QR code/,
    comes: () => street.choose(2),
    goes: () => street.do('phone', {do: 'pay'})},
  {name: 'vending', at: '#front', zh: /正在出货/, en: /vending/, passing: vending},
  {name: 'jammed', at: '#a-sell', zh: /货道 2 · 卡住[^]*试转/, en: /slot 2 · jammed[^]*test vend/,
    async comes() {
      await street.calm();
      await street.do('trouble', {what: 'slot', slot: 2, how: 'jam'});
      await street.buy(2);
      await until('slot 2 is set aside', async () => (await street.status()).slots[1].fault);
    }},
  {name: 'owed', at: '#a-owed', zh: /欠顾客的钱：1/, en: /owed money: 1/,
    comes: () => street.strangersMoney()},
  {name: 'maintenance', at: '#a-sell', zh: /不能售卖[^]*维护中/, en: /cannot sell[^]*In maintenance/, signed: true,
    async comes() {
      await street.serve('maintenance', {on: 1});
      await until('it is out of service', async () => !(await street.status()).ready);
    },
    async goes() {
      await street.serve('maintenance', {on: 0});
      await until('it is in service', async () => (await street.status()).ready);
    }},
  {name: 'offline', at: '#a-cloud', zh: /微信支付连不上/, en: /does not answer/,
    async comes() {
      await street.do('trouble', {what: 'network', how: 'off'});
      await until('it is offline', async () => (await street.status()).why.some(w => w.code === 'offline'));
    }},
];

/**
 * vending holds still what passes in two seconds: the kiosk prints the page while the motor turns, and whenever the browser
 * asks again it gets a print and a picture of that moment.
 */
async function vending(page) {
  let print, glass;
  await page.route(u => u.pathname === '/', async route => {
    if (print) return route.fulfill({contentType: 'text/html; charset=utf-8', body: print});
    await street.choose(3);
    await street.do('phone', {do: 'pay'});
    await until('the motor turns', async () => ['vending', 'thanks'].includes((await street.status()).front?.screen));
    await route.continue();
    [print, glass] = await Promise.all([fetch(route.request().url()).then(r => r.text()), fetch(street.url + '/panel.png').then(r => r.arrayBuffer())]);
  });
  await page.route('**/panel.png*', async route => {
    await until('the moment is held', () => glass);
    await route.fulfill({contentType: 'image/png', body: Buffer.from(glass)});
  });
}

async function looks(t, state, lang, viewport) {
  const where = `${state.name}-${lang}-${viewport.width}`;
  const context = await reader(chrome, viewport, lang);
  try {
    if (state.signed) await (await signIn(context, street)).close();
    const eye = await watched(context, street);
    await state.passing?.(eye.page);
    const load = await firstLoad(chrome, eye, `${street.url}/?lang=${lang}`);
    const says = await eye.page.locator(state.at).innerText();
    if (state.passing && !state[lang].test(says)) return false; // it had passed
    affords(where, load, eye.seen);
    t.diagnostic(`${where}: ${load.requests} requests, ${load.bytes} bytes, ${load.script.toFixed(1)} ms of script before the first paint`);
    assert.match(says, state[lang], where);
    await keep(eye.page, where);
    await fits(where, eye.page);
    assert.deepEqual(eye.seen.wrong, [], where);
    return true;
  } finally { await context.close(); }
}

test('every state of the kiosk, on a telephone and a desk, in Chinese and English', async t => {
  street = await Street.open();
  try {
    for (const state of states) {
      await t.test(state.name, async t => {
        await state.comes?.();
        try {
          for (const viewport of [phone, desk]) {
            for (const lang of ['zh', 'en']) {
              let caught = false;
              for (let tries = 0; !caught && tries < 8; tries++) caught = await looks(t, state, lang, viewport);
              assert.ok(caught, `${state.name} was never seen`);
            }
          }
        } finally { await state.goes?.(); }
      });
    }
    t.diagnostic('pictures are in ' + pictures);
  } finally { await street.close(); }
});

test('a script that held up the first paint would be found', async () => {
  street = await Street.open();
  const context = await reader(chrome, phone, 'zh');
  try {
    const eye = await watched(context, street);
    await eye.page.route(u => u.pathname === '/', async route => {
      const print = await route.fetch();
      await route.fulfill({response: print, body: (await print.text()).replace(' defer>', '>')});
    });
    await eye.page.route('**/page.js', route => route.fulfill({contentType: 'text/javascript', body: 'globalThis.n = (() => { let n = 1; for (let i = 0; i < 1e8; i++) n = Math.imul(n, 3) + i | 0; return n; })();'}));
    const load = await firstLoad(chrome, eye, street.url + '/?lang=zh');
    assert.throws(() => affords('held up', load, eye.seen), /of script before the first paint/, `it found ${load.script} ms`);
  } finally {
    await context.close();
    await street.close();
  }
});
