// The page stays true: with events, without them, and when the kiosk is gone.
import {after, before, test} from 'node:test';
import {browser, keep, phone, reader} from './eyes.mjs';
import {Street} from './street.mjs';

let street, chrome;

before(async () => { chrome = await browser(); });
after(async () => { await chrome?.close(); });

test('the page stays live, with events and without', async () => {
  street = await Street.open();
  try {
    for (const broken of [false, true]) {
      const context = await reader(chrome, phone, 'zh');
      const page = await context.newPage();
      if (broken) await page.route('**/events', r => r.abort());
      await page.goto(street.url + '/?lang=en');
      await page.locator('#slot-1').waitFor();
      await street.choose(1);
      await page.locator('#front').getByText('showing the QR code').waitFor();
      await street.do('phone', {do: 'pay'});
      await page.locator('#recent details').first().getByText('sold').first().waitFor();
      await page.locator('#slot-1 .stock b').getByText(broken ? '8' : '9').waitFor();
      await context.close();
      await street.ready();
    }
  } finally { await street.close(); }
});

test('the page of a kiosk that is gone says that it is old', async () => {
  street = await Street.open();
  const context = await reader(chrome, phone, 'zh');
  const page = await context.newPage();
  try {
    await page.goto(street.url + '/');
    await page.locator('#slot-1').waitFor();
  } finally { await street.close(); }
  await page.locator('#stale').waitFor({state: 'visible'});
  await keep(page, 'gone-zh-360', false);
  await context.close();
});
