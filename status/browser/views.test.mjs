// Every view of the page: the way in, the service, an order's timeline, all orders, the machine. What each costs, and that
// a thumb, a screen reader and a browser without JavaScript can use it.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {affords, browser, desk, firstLoad, fits, keep, phone, reader, signIn, watched} from './eyes.mjs';
import {Street, until} from './street.mjs';

let street, chrome, owed;

// A kiosk about which there is much to say: it has sold, one slot is jammed, somebody is owed money, it is in maintenance.
before(async () => {
  chrome = await browser();
  street = await Street.open();
  for (const slot of [1, 3, 4]) await street.buy(slot);
  await street.calm();
  await street.do('trouble', {what: 'slot', slot: 2, how: 'jam'});
  await street.buy(2);
  await until('slot 2 is set aside', async () => (await street.status()).slots[1].fault);
  owed = await street.strangersMoney(480);
  await street.serve('maintenance', {on: 1});
  await until('it is out of service', async () => !(await street.status()).ready);
});
after(async () => {
  await street?.close();
  await chrome?.close();
});

// views are what a reader may have before them: how they come there, and what must then be on the screen.
const views = [
  {name: 'sign-in', asks: '#service', zh: /您的名字[^]*技师密码/, en: /Your name[^]*Technician's secret/,
    unfolds: page => page.locator('#door summary').click()},
  {name: 'turned-away', path: '&no=pin', zh: /密码不对/, en: /wrong secret/},
  {name: 'service', signed: true, asks: '#service', zh: /结束维护[^]*anna/, en: /End maintenance[^]*anna/,
    unfolds: page => page.locator('#keep summary').first().click()},
  {name: 'slots', signed: true, asks: '#slots', zh: /试转一次[^]*修好了，开卖/, en: /Test vend[^]*Mended, sell again/},
  {name: 'change', signed: true, path: '&slot=2', asks: '#slot-2', zh: /价格（元）[^]*保存/, en: /Price in yuan[^]*Save/},
  {name: 'orders', signed: true, asks: '#orders', zh: /欠款[^]*登记了结/, en: /owed[^]*Settle it/},
  {name: 'timeline', path: '&more=1', asks: '#recent', zh: /已付款[^]*货已掉下/, en: /paid[^]*goods dropped/,
    unfolds: page => page.locator('#recent details').filter({hasText: /已售出|sold/}).first().locator('summary').click()},
  {name: 'machine', asks: '#machine', zh: /版本[^]*时钟/, en: /version[^]*clock/},
];

for (const view of views) {
  test('view: ' + view.name, async t => {
    for (const viewport of [phone, desk]) {
      for (const lang of ['zh', 'en']) {
        const where = `view-${view.name}-${lang}-${viewport.width}`;
        const context = await reader(chrome, viewport, lang);
        try {
          if (view.signed) await (await signIn(context, street, lang)).close();
          const eye = await watched(context, street);
          const load = await firstLoad(chrome, eye, `${street.url}/?lang=${lang}${view.path ?? ''}`);
          affords(where, load, eye.seen);
          await view.unfolds?.(eye.page);
          const place = eye.page.locator(view.asks ?? 'main');
          await place.scrollIntoViewIfNeeded();
          assert.match(await place.innerText(), view[lang], where);
          await keep(eye.page, where, false);
          await fits(where, eye.page);
          assert.deepEqual(eye.seen.wrong, [], where);
        } finally { await context.close(); }
      }
    }
  });
}

test('without JavaScript the page says the same', async () => {
  for (const lang of ['zh', 'en']) {
    const told = [];
    for (const javaScriptEnabled of [true, false]) {
      const context = await reader(chrome, phone, lang, {javaScriptEnabled});
      try {
        const page = await context.newPage();
        await page.goto(`${street.url}/?lang=${lang}`);
        if (!javaScriptEnabled) {
          await keep(page, `plain-${lang}-360`);
          // An order unfolds, and the other language is a link away.
          await page.locator('#recent summary').first().click();
          assert.match(await page.locator('#recent details[open] ol').innerText(), /\+\d/);
          assert.match(await page.locator(`#o-${owed}`).innerText(), /480|4\.80/);
        }
        const text = async at => (await page.locator(at).allInnerTexts()).map(s => s.replace(/\s+/g, ' '));
        told.push({answers: await text('.answer h2, .answer li'), slots: await text('#shelf li'), open: await text('#open details > summary, #open .do'),
          recent: await text('#recent summary'), charts: await text('#sales .big'), machine: await text('#machine dt')});
        if (!javaScriptEnabled) {
          await page.locator('.lang').click();
          assert.equal(await page.locator('html').getAttribute('lang'), lang === 'zh' ? 'en' : 'zh-CN');
        }
      } finally { await context.close(); }
    }
    for (const [what, lines] of Object.entries(told[0])) assert.ok(lines.length > 0, 'no ' + what);
    assert.deepEqual(told[1], told[0]);
  }
});
