// What a technician reads after a tap: that a restart is a restart, that a price was kept, that a day differs, and whether the
// money of a refund that was asked for again went back.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {browser, desk, fits, keep, phone, reader, signIn} from './eyes.mjs';
import {Street, until} from './street.mjs';

let chrome;

before(async () => { chrome = await browser(); });
after(async () => { await chrome?.close(); });

const readers = [['zh', phone], ['en', desk]];

/** each opens a street of its own for every reader, and a page that is signed in. */
async function each(visit, more) {
  for (const [lang, viewport] of readers) {
    const street = await Street.open();
    const context = await reader(chrome, viewport, lang, more);
    try {
      const page = await signIn(context, street, lang);
      const wrong = [];
      page.on('pageerror', e => wrong.push(String(e)));
      await visit({street, context, page, lang, says: (zh, en) => lang === 'zh' ? zh : en, name: what => `${what}-${lang}-${viewport.width}`});
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
      await street.close();
    }
  }
}

/** seen holds that words are on the screen, not somewhere above or below it. */
async function seen(page, at) {
  const box = await page.locator(at).boundingBox();
  assert.ok(box && box.y >= 0 && box.y + box.height <= page.viewportSize().height, `${at} is not in sight: ${JSON.stringify(box)}`);
}

const said = (page, text) => page.locator('#said').getByText(text).waitFor();

test('a restart says that it restarts, waits, and says that the kiosk is back', () => each(async ({street, page, says, name}) => {
  await page.locator('#keep > summary').click();
  await page.locator('#again > summary').click();
  await page.locator('#again button').click();
  await page.locator('#again output').getByText(says('正在重启，请等一分钟', 'Restarting, wait a minute')).waitFor();
  await keep(page, name('restart'), false);
  assert.doesNotMatch(await page.locator('main').innerText(), says(/没有收到答复/, /No answer/));
  await street.again();
  await said(page, says('机器已重启，请重新登录', 'The kiosk has restarted: sign in again'));
  await keep(page, name('restarted'), false);
  await fits(name('restarted'), page);
  assert.ok(await page.locator('#door[open]').count(), 'the way in is not open');
}));

test('what was typed outlives a pulled plug, and the page stays at its slot', () => each(async ({street, page, says, name}) => {
  await page.locator('#slot-3 a').click();
  await page.locator('#slot-3 input[name=yuan]').fill('7.2');
  await street.pull();
  await street.again();
  await said(page, says(/机器重启过，请重新登录[^]*您填的还在/, /the kiosk has restarted: sign in again[^]*still there/));
  await seen(page, '#said');
  assert.ok(page.url().endsWith('#slot-3'), 'the page has left its slot: ' + page.url());
  await seen(page, '#slot-3');
  await keep(page, name('plug'), false);
  await page.locator('input[name=name]').fill('anna');
  await page.locator('input[name=pin]').fill(street.pin);
  await page.locator('#door button').click();
  await page.locator('#slot-3 input[name=yuan]').waitFor();
  assert.equal(await page.locator('#slot-3 input[name=yuan]').inputValue(), '7.2');
  await page.locator('#slot-3 .fields button').click();
  await said(page, says('已改好 ¥7.20', 'Changed: ¥7.20'));
  assert.equal((await street.status()).slots[2].fen, 720);
  assert.equal(await page.evaluate(() => sessionStorage.getItem('typed')), '{}', 'what was saved is still kept as typed');
}));

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript';
  test('a price far from the old one is asked again, and a good one closes the form' + how, () => each(async ({street, page, says, name}) => {
    const was = (await street.status()).slots[2].fen;
    await page.locator('#slot-3 a').click();
    await page.locator('#slot-3 input[name=yuan]').fill('680');
    await page.locator('#slot-3 .fields button').click();
    await page.locator('#slot-3 .strip').getByText(says('您填的是 ¥680.00', 'you typed ¥680.00')).waitFor();
    assert.equal((await street.status()).slots[2].fen, was, 'a slip of the finger stands on the panel');
    assert.equal(await page.locator('#slot-3 input[name=yuan]').inputValue(), '680');
    await seen(page, '#slot-3 .strip');
    await keep(page, name('ask' + (javaScriptEnabled ? '' : '-plain')), false);
    if (javaScriptEnabled) await fits(name('ask'), page);
    await page.locator('#slot-3 input[name=yuan]').fill('7.20');
    await page.locator('#slot-3 .fields button').click();
    await said(page, says('已改好 ¥7.20', 'Changed: ¥7.20'));
    await seen(page, '#said');
    assert.equal(await page.locator('#slot-3 .fields').count(), 0, 'the form stays open, and nobody knows whether it was kept');
    assert.match(await page.locator('#slot-3 .what').innerText(), /7\.20/);
    await keep(page, name('saved' + (javaScriptEnabled ? '' : '-plain')), false);
    // Meant, and said twice.
    await page.locator('#slot-3 a').click();
    await page.locator('#slot-3 input[name=yuan]').fill('72');
    await page.locator('#slot-3 .fields button').click();
    await page.locator('#slot-3 .strip').waitFor();
    await page.locator('#slot-3 .fields button').click();
    await said(page, '72.00');
    assert.equal((await street.status()).slots[2].fen, 7200);
  }, {javaScriptEnabled}));
}

test('two technicians at one price: the second reads both, and decides', () => each(async ({street, page, says, name}) => {
  await page.locator('#slot-3 a').click();
  await street.serve('change', {slot: 3, fen: 380, sure: 'fen-380'});
  await page.locator('#slot-3 input[name=yuan]').fill('4.00');
  await page.locator('#slot-3 .fields button').click();
  await page.locator('#slot-3 .strip').getByText(says(/现在是.*¥3\.80/, /now .*¥3\.80/)).waitFor();
  assert.equal(await page.locator('#slot-3 input[name=yuan]').inputValue(), '4.00');
  assert.equal((await street.status()).slots[2].fen, 380, 'the other one is overwritten in silence');
  await keep(page, name('both'), false);
  await page.locator('#slot-3 .fields button').click();
  await said(page, '4.00');
  assert.equal((await street.status()).slots[2].fen, 400);
}));

test('a day that differs says so beside the button, with the money and the way there', () => each(async ({street, page, lang, says, name}) => {
  // The street has no bills of past days: what the kiosk prints for one that differs is what is read here.
  await page.route('**/service/reconcile*', async route => {
    const print = await page.context().request.get(`${street.url}/?lang=${lang}&done=differs-20261128,21,8590`);
    await route.fulfill({contentType: 'text/html; charset=utf-8', body: await print.text()});
  });
  await page.locator('#keep > summary').click();
  await page.locator('#keep form[action*=reconcile] button').click();
  const out = page.locator('#keep form[action*=reconcile] output');
  await out.getByText(says('✕ 2026-11-28：21 处不同，差 ¥85.90', '✕ 2026-11-28: 21 differences, ¥85.90')).waitFor();
  await seen(page, '#keep form[action*=reconcile] output');
  assert.equal(await out.locator('a').getAttribute('href'), '#account');
  await keep(page, name('differs'), false);
}));

test('settling, refunding again and letting it sell again say what came of them', () => each(async ({street, page, says, name}) => {
  const settled = await street.strangersMoney(480), again = await street.strangersMoney(350, 2);
  const order = no => page.locator('#open details').filter({hasText: no});
  await order(settled).locator('select').selectOption('cash');
  await order(settled).locator('input[name=note]').fill('paid at the desk');
  await order(settled).locator('button[value=settled]').click();
  await said(page, says('已登记了结', 'Settled'));
  await seen(page, '#said');
  await keep(page, name('settled'), false);
  await order(again).locator('input[name=note]').fill('the goods did not fall');
  await order(again).locator('button[value=retried]').click();
  await said(page, says('已交给机器再退一次', 'Sent back for another refund'));
  await page.locator('#retried').getByText(says('再退一次：钱已退回', 'the money is back')).waitFor();
  await page.locator('#retried').scrollIntoViewIfNeeded();
  await keep(page, name('refunded-again'), false);
  await fits(name('refunded-again'), page);
}));

test('the language is the browser\'s, and the choice is kept', async () => {
  const street = await Street.open();
  const context = await reader(chrome, phone, 'en');
  try {
    const page = await context.newPage();
    await page.goto(street.url + '/');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.locator('.lang').click();
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    await page.goto(street.url + '/');
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN', 'the choice is forgotten');
  } finally {
    await context.close();
    await street.close();
  }
});
