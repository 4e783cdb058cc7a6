// A technician's whole visit, thumb by thumb: what they read, what they do, and what the book says of it afterwards.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {join} from 'node:path';
import {browser, desk, keep, phone, pictures, reader, signIn} from './eyes.mjs';
import {Street, until} from './street.mjs';

let street, chrome;

before(async () => { chrome = await browser(); });
after(async () => { await chrome?.close(); });

/** aKioskInTrouble has sold out but for one slot, which jams on a customer, and holds a stranger's money. */
async function aKioskInTrouble() {
  const s = await Street.open();
  await s.serve('fill', {'stock.1': 0, 'stock.3': 0, 'stock.4': 0});
  await s.do('trouble', {what: 'slot', slot: 2, how: 'jam'});
  await s.buy(2);
  await until('slot 2 is set aside, and nothing else can sell', async () => {
    const {ready, slots} = await s.status();
    return !ready && slots[1].fault === 'jam';
  });
  const owed = await s.strangersMoney(480);
  return [s, owed];
}

async function visit(context, lang, script, owed) {
  const s = street;
  const says = (zh, en) => lang === 'zh' ? zh : en;
  const page = await context.newPage();
  const wrong = [];
  page.on('console', m => { if (m.type() === 'error') wrong.push(m.text()); });
  page.on('pageerror', e => wrong.push(String(e)));

  // What is wrong, what to do, and who is owed: without signing in, without a scroll.
  await page.goto(`${s.url}/?lang=${lang}`);
  assert.match(await page.locator('#a-sell').innerText(), says(/不能售卖[^]*货道 2 · 卡住[^]*试转/, /cannot sell[^]*slot 2 · jammed[^]*test vend/));
  for (const answer of ['#a-sell', '#a-owed']) {
    const {y, height} = await page.locator(answer).boundingBox();
    assert.ok(y + height <= page.viewportSize().height, answer + ' is not on the first screen');
  }
  assert.match(await page.locator('#a-owed').innerText(), says(/欠顾客的钱：1/, /Customers are owed money: 1/));
  assert.equal(await page.locator('form:not(#door form)').count(), 0, 'a stranger is offered a deed');
  await page.close();

  const work = await signIn(context, s, lang);
  work.on('console', m => { if (m.type() === 'error') wrong.push(m.text()); });
  const done = what => script ? work.getByText(what).first().waitFor() : work.locator('#said').getByText(what).waitFor();

  // Maintenance.
  assert.equal(await work.locator('button[formaction*=test-vend]').count(), 0, 'a motor may be turned while customers buy');
  await work.locator('#duty button').click();
  await done(says('已开始维护', 'In maintenance'));
  await until('it is out of service', async () => (await s.status()).why.some(w => w.code === 'maintenance'));

  // The spiral is freed, turned once, and let sell again.
  await s.do('trouble', {what: 'slot', slot: 2, how: 'ok'});
  await work.locator('#slot-2 button[formaction*=test-vend]').click();
  await done(says('测试出货：掉下来了', 'Test vend: it dropped'));
  await work.locator('#slot-2 .acts button').first().click();
  await done(says('看过了', 'Looked at'));
  await until('slot 2 is well', async () => (await s.status()).slots[1].fault === '');
  assert.equal((await s.orders()).filter(o => o.state === 'sold').length, 0, 'the test vend was booked as a sale');

  // Restocked: two taps for one slot, one for all.
  const had = (await s.status()).slots[1].stock;
  for (const n of [1, 2]) {
    await work.locator('#slot-2 .step button').last().click();
    if (!script) await work.locator('#slot-2 .stock b').getByText(String(had + n), {exact: true}).waitFor();
  }
  await until('two more are counted', async () => (await s.status()).slots[1].stock === had + 2);
  // The form that fills all says what was read: it is renewed when the taps are answered, and not while somebody types in it.
  await until('the page has read so', async () => (await work.locator('#fill').getAttribute('action')).includes('2-' + (had + 2)));
  await work.locator('#fill input[name=stock]').fill('12');
  await work.locator('#fill button').click();
  await until('all are full', async () => (await s.status()).slots.every(x => x.stock === 12));
  await done(says('全部已补好', 'All filled'));
  const early = await (await fetch(`${s.url}/?lang=${lang}`)).text(); // the page tells of the last few deeds only

  // A price, and a word on why money is owed no more.
  await work.locator('#slot-3 a').click();
  await work.locator('#slot-3 input[name=yuan]').fill('7.2');
  await work.locator('#slot-3 .fields button').click();
  await until('the price is new', async () => (await s.status()).slots[2].fen === 720);

  // A slot is taken off sale, which filling does not undo, and put back.
  await work.locator('#slot-4 a').click();
  await work.locator('#slot-4 button[formaction*=withdraw], #slot-4 form[action*=withdraw] button').click();
  await until('slot 4 is off sale', async () => (await s.status()).slots[3].fault === 'off sale');
  await work.locator('#slot-4').getByText(says('已停卖（技师）', 'taken off sale')).waitFor();
  await keep(work, `visit-offsale-${lang}-${work.viewportSize().width}-${script ? 'script' : 'plain'}`, false);
  await work.locator('#slot-4 button[formaction*=offer]').click();
  await until('slot 4 is back', async () => (await s.status()).slots[3].fault === '');
  const order = work.locator('#open details').filter({hasText: owed});
  await order.locator('select').selectOption('cash');
  await order.locator('input[name=note]').fill('paid at the desk');
  await order.locator('button[value=settled]').click();
  await until('nobody is owed', async () => (await s.status()).owed_orders === 0);

  // Out again; what the session was opens nothing any more.
  const cookies = await context.cookies();
  await work.locator('#duty button').click();
  await until('it sells', async () => (await s.status()).ready);
  await keep(work, `visit-${lang}-${work.viewportSize().width}-${script ? 'script' : 'plain'}`, false);
  await work.locator('form[action*=sign-out] button').click();
  await work.locator('#door').waitFor({state: 'attached'});
  const late = await fetch(s.url + '/service/maintenance', {method: 'POST', body: new URLSearchParams({on: 1}), headers: {Cookie: cookies.map(c => `${c.name}=${c.value}`).join('; ')}});
  assert.deepEqual([cookies.filter(c => c.name === "kiosk").length, late.status], [1, 401], 'who left may still do something');
  assert.equal(await work.locator('form[action*=sign-out]').count(), 0);
  assert.match(await work.locator('#a-owed').innerText(), says(/没有欠/, /Nobody is owed/));

  // The book says who did what.
  await work.goto(`${s.url}/?lang=${lang}`);
  const told = early + await work.locator('#deeds').innerText();
  for (const line of journal[lang]) assert.match(told, line, 'the book does not tell of it');
  const settled = (await s.orders()).find(o => o.no === owed);
  assert.deepEqual([settled.state, settled.how, settled.note, settled.journal.at(-1).event], ['refunded', 'cash', 'paid at the desk', 'settled']);
  assert.ok((await work.locator('#recent').textContent()).includes(owed), 'the settled order is not told of');
  assert.deepEqual(s.audit(), []);
  assert.deepEqual(wrong, []);
}

// journal is what the page must tell afterwards of who did what.
const journal = {
  zh: [/登录（anna/, /开始维护，停止售卖（anna/, /试转，货掉下来了（anna/, /解除故障：卡住，没转到位（anna/, /补到 12，原有 \d+（anna/, /7\.20/, /停卖这个货道（anna/, /恢复这个货道（anna/, /开始试转（anna/, /了结，付了现金: paid at the desk（anna/, /结束维护，恢复售卖（anna/],
  en: [/signed in, by anna/, /out of service, by anna/, /test vend: dropped, by anna/, /cleared of jam, by anna/, /filled to 12, was \d+, by anna/, /7\.20/, /taken off sale, by anna/, /put back on sale, by anna/, /test vend begun, by anna/, /settled, cash: paid at the desk, by anna/, /back in service, by anna/],
};

for (const [lang, viewport, script] of [['zh', phone, true], ['en', phone, false], ['en', desk, true]]) {
  test(`a whole visit, ${lang}, ${viewport.width} px, ${script ? 'with' : 'without'} JavaScript`, async () => {
    let owed;
    [street, owed] = await aKioskInTrouble();
    const context = await reader(chrome, viewport, lang, {javaScriptEnabled: script});
    try {
      await visit(context, lang, script, owed);
    } catch (e) {
      for (const p of context.pages()) await p.screenshot({path: join(pictures, `visit-${lang}-failed.png`), fullPage: true, timeout: 10000}).catch(() => {});
      throw e;
    } finally {
      await context.close();
      await street.close();
    }
  });
}

test('a wrong secret is told where it was typed, and what was typed is kept while the page renews itself', async () => {
  street = await Street.open();
  const context = await reader(chrome, phone, 'zh');
  try {
    const page = await context.newPage();
    await page.goto(`${street.url}/?lang=zh#service`);
    await page.locator('#door summary').click();
    await page.locator('input[name=name]').fill('anna');
    await page.locator('input[name=pin]').fill('000000');
    await page.locator('#door button').click();
    await page.locator('#door output').getByText('密码不对').waitFor();
    assert.equal(await page.locator('input[name=name]').inputValue(), 'anna');
    await page.close();

    const work = await signIn(context, street);
    await work.locator('#slot-1 a').click();
    await work.locator('#slot-1 input[name=name]').fill('可乐零度');
    await street.buy(2); // the page renews itself meanwhile
    await work.locator('#slot-2 .stock b').getByText('9', {exact: true}).waitFor();
    assert.equal(await work.locator('#slot-1 input[name=name]').inputValue(), '可乐零度');

    // A piece sells while somebody changes its slot: the count is refused in words, the name is kept, and the next tap does it.
    await work.locator('#slot-1 input[name=stock]').fill('20');
    await street.buy(1);
    await until('one is sold', async () => (await street.status()).slots[0].stock === 9);
    await work.locator('#slot-1 .fields button').click();
    await work.locator('#slot-1 .fields output').getByText('现在 9 件').waitFor();
    assert.equal((await street.status()).slots[0].stock, 9);
    assert.equal(await work.locator('#slot-1 input[name=name]').inputValue(), '可乐零度');
    await work.locator('#slot-1 input[name=stock]').fill('19');
    await work.locator('#slot-1 .fields button').click();
    await until('it is counted', async () => (await street.status()).slots[0].stock === 19);

    // A tap that a sale overtakes is refused in words beside it, and the next tap counts from what is there now.
    await work.locator('#slot-3 .step button').last().click();
    await street.serve('slot', {slot: 3, stock: 5});
    await work.locator('#slot-3 .step output').getByText('现在 5 件').waitFor();
    await keep(work, 'overtaken-zh-360', false);
    await work.locator('#slot-3 .stock b').getByText('5', {exact: true}).waitFor();
    await work.locator('#slot-3 .step button').last().click();
    await until('it is counted', async () => (await street.status()).slots[2].stock === 6);
    await work.locator('#slot-3 .step output').getByText('库存已记下').waitFor();
  } finally {
    await context.close();
    await street.close();
  }
});
