// A kiosk in its simulated street, and a browser to look at it with.
import {spawn, spawnSync} from 'node:child_process';
import {createServer} from 'node:net';
import {createHmac, randomBytes, randomInt} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const program = fileURLToPath(new URL('../../bin/kiosk-sim', import.meta.url));

// Nothing here is a measure of speed: whatever does not come within this long does not come.
export const patience = 120;

/** until asks again and again until it is so; it says what it waited for in vain. */
export async function until(what, so, seconds = patience) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const got = await so();
    if (got) return got;
    if (Date.now() > end) throw new Error('in vain: ' + what);
    await sleep(50);
  }
}

// The street's gateway is told to the kiosk by its port, so that must be known before.
function freePort() {
  return new Promise((done, fail) => {
    const l = createServer().once('error', fail).listen(0, '127.0.0.1', () => { const {port} = l.address(); l.close(() => done(port)); });
  });
}

/** ended runs a program to its end. */
function ended(child) {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise(done => child.once('exit', done));
}

export class Street {
  static async open() {
    const s = new Street();
    s.dir = mkdtempSync(join(tmpdir(), 'kiosk-street-'));
    for (let tries = 1; ; tries++) {
      if (await s.start()) break;
      if (tries === 5) throw new Error('the kiosk ended at once, five times');
    }
    await s.ready();
    return s;
  }

  /** start runs the kiosk at a port that was free just now; false where it ended, as it does if somebody else has it. */
  async start(port) {
    // The kernel ends the kiosk with this process, however that ends.
    this.kiosk = spawn('setpriv', ['--pdeathsig', 'KILL', program, '-data', this.dir, '-addr', '127.0.0.1:' + (port ?? await freePort()), 'run'], {stdio: ['ignore', 'pipe', 'inherit']});
    let out = '';
    this.kiosk.stdout.on('data', d => { out += d; });
    const told = await until('the kiosk opens its page', () => this.kiosk.exitCode !== null ? [] : out.match(/status page {2}(http:\/\/[^/\s]+)/));
    this.url = told[1];
    return told.length > 0;
  }

  /** again starts the program at the same port once it has ended, as the service manager does. */
  async again() {
    const {port} = new URL(this.url);
    await ended(this.kiosk);
    await until('its port is free', () => this.start(port));
    await this.ready();
  }

  /** pull pulls the plug. */
  async pull() {
    this.kiosk.kill('SIGKILL');
    await ended(this.kiosk);
  }

  async close() {
    this.kiosk.kill('SIGTERM');
    const hard = setTimeout(() => this.kiosk.kill('SIGKILL'), 30000);
    await ended(this.kiosk);
    clearTimeout(hard);
    rmSync(this.dir, {recursive: true, force: true, maxRetries: 5});
  }

  get pin() { return readFileSync(join(this.dir, 'technician.pin'), 'utf8').trim(); }

  async read(path) {
    for (let tries = 1; ; tries++) {
      try {
        return await (await fetch(this.url + path)).json();
      } catch (e) {
        if (tries === 3 || this.kiosk.exitCode !== null) throw e;
        await sleep(100); // a connection that was kept may have been given up meanwhile
      }
    }
  }

  status() { return this.read('/status.json'); }
  orders() { return this.read('/orders.json'); }
  async ready() { await until('it can sell', async () => (await this.status()).ready); }

  /** serve posts a form of the service as a script does, with the secret in it. */
  async serve(path, fields) {
    const r = await fetch(this.url + '/service/' + path, {method: 'POST', body: new URLSearchParams({pin: this.pin, ...fields})});
    if (!r.ok) throw new Error(path + ': ' + await r.text());
  }

  /** audit has the book judged by the kiosk's own rules, while it runs. */
  audit() {
    const out = spawnSync(program, ['-data', this.dir, 'audit', '-json'], {encoding: 'utf8'});
    return out.stdout ? JSON.parse(out.stdout).violations : [{text: out.stderr}];
  }

  async do(path, fields) {
    const r = await fetch(this.url + '/street/' + path, {method: 'POST', body: new URLSearchParams(fields)});
    if (!r.ok && r.status !== 404 && r.status !== 409) throw new Error(path + ': ' + await r.text());
    return r.ok;
  }

  /** calm is when nobody is served and nothing more happens by itself. */
  async calm() {
    await until('nobody is served', async () => {
      const s = await this.status();
      return s.open_orders === 0 && (s.front === null || !s.front.no);
    });
  }

  /** chooses a slot, and waits for its code to be on the glass. As a customer does, it presses again where nothing came of it. */
  async choose(slot) {
    let pressed = 0;
    await until('the code of slot ' + slot + ' is on the glass', async () => {
      const {front} = await this.status();
      if (front?.screen === 'qr' && front.slot === slot) return true;
      if (front?.screen !== 'asking' && Date.now() - pressed > 3000) {
        if (await this.do('press', {slot})) pressed = Date.now();
      }
      return false;
    });
  }

  async buy(slot) {
    const before = (await this.orders()).length;
    await this.choose(slot);
    await until('a phone reads the glass', () => this.do('phone', {do: 'pay'}));
    return until('the sale ends', async () => {
      const all = await this.orders();
      return all.length > before && ['sold', 'refunding', 'refunded', 'owed'].includes(all[0].state) && all[0];
    });
  }

  /** A payment at the gateway that this kiosk's book knows nothing of: what a lost book leaves behind. */
  async strangersMoney(fen = 350, owed = 1) {
    const no = 'K0042-9' + randomBytes(14).toString('hex').toUpperCase().slice(0, 23);
    const paid = await this.gateway('/pay/micropay', {
      ...ids, nonce_str: nonce(), body: 'tea', out_trade_no: no, total_fee: fen, spbill_create_ip: '127.0.0.1', auth_code: '13' + randomInt(1e8, 1e9 - 1) + String(randomInt(1e6, 1e7 - 1)),
    });
    const money = Object.fromEntries([...paid.matchAll(/<(\w+)>(?:<!\[CDATA\[)?([^<\]]*)/g)].map(m => [m[1], m[2]]));
    if (money.result_code !== 'SUCCESS') throw new Error('no payment: ' + paid);
    const {appid, mch_id} = ids;
    const notice = {appid, mch_id, nonce_str: nonce(), return_code: 'SUCCESS', result_code: 'SUCCESS', openid: 'oNobody', is_subscribe: 'N', trade_type: 'NATIVE',
      bank_type: 'OTHERS', total_fee: fen, cash_fee: fen, fee_type: 'CNY', transaction_id: money.transaction_id, out_trade_no: no, time_end: money.time_end, sign_type: 'HMAC-SHA256'};
    await until('the payment is found', async () => {
      await fetch(this.url + '/notify/v2', {method: 'POST', body: signed(notice)});
      return (await this.status()).owed_orders >= owed;
    });
    return no;
  }

  async gateway(path, fields) {
    return (await fetch(this.url + '/street/gateway' + path, {method: 'POST', body: signed(fields)})).text();
  }
}

// The street's merchant, as sim/gateway is made by cmd/kiosk/parts_sim.go: a gateway for one kiosk, with a key that opens nothing else.
const key = 'street-street-street-street-1234';
const ids = {appid: 'wx8888888888888888', mch_id: '1900000109', sign_type: 'HMAC-SHA256'};
const nonce = () => randomBytes(16).toString('hex');

function signed(fields) {
  const text = Object.keys(fields).sort().map(k => k + '=' + fields[k]).join('&') + '&key=' + key;
  const sign = createHmac('sha256', key).update(text).digest('hex').toUpperCase();
  return '<xml>' + Object.entries({...fields, sign}).map(([k, v]) => `<${k}>${v}</${k}>`).join('') + '</xml>';
}
