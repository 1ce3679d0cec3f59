'use strict';

const at = id => document.getElementById(id);
const devices = JSON.parse(at('devices').textContent);
const tls = location.protocol === 'https:';
const server = { URL: location.origin, URL_HOST: location.host, TLS: tls ? 'yes' : 'no' };
const examples = { HOST: 'home.example.com', SECRET: 'YOUR-SECRET' };
const httpsOnly = 'this device speaks HTTPS only: it needs a URL that begins with https://, '
  + 'as a TLS proxy before the server has one\n';
let caller = '';

const hostName = () => at('host').value.trim().replace(/\.$/, '').toLowerCase();
const secret = () => at('secret').value.trim();
const device = () => devices[at('device').selectedIndex];

function hostFault(name) {
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
  const labels = name.split('.');
  if (!name) return 'Type the host name that shall follow your address.';
  if (/[^\x00-\x7f]/.test(name)) return 'Write the name in its Punycode form, which begins with xn--.';
  if (labels.length < 2) return 'The name needs its domain too, as in home.example.com.';
  if (/^\d+$/.test(labels.at(-1))) return 'A name belongs here, not an address.';
  if (labels[0] === '*') labels.shift();
  if (name.length > 253 || !labels.every(part => label.test(part))) {
    return 'This is no host name: parts of a-z, 0-9 and -, with dots between them.';
  }
  return '';
}

function secretFault(text) {
  if (!text) return 'Type the secret of this router.';
  return /^[A-Za-z0-9._~-]+$/.test(text) ? '' : 'A secret has only A-Z a-z 0-9 . _ ~ - in it.';
}

const faults = { host: () => hostFault(hostName()), secret: () => secretFault(secret()) };
// Characters that no further typing makes right; anything else is said when a button is pressed.
// Not on leaving the field: the text would move the button away under the click.
const spoilt = { host: () => /[^\w.*-]/.test(hostName()), secret: () => /[^\w.~-]/.test(secret()) };

function showFault(id) {
  const fault = faults[id]();
  at(id + '-fault').textContent = fault;
  at(id).setAttribute('aria-invalid', String(Boolean(fault)));
  return fault;
}

/** Which of host and secret stand in the text. */
const wanted = () => ['host', 'secret'].filter(id => device().text.includes(`{{${id.toUpperCase()}}}`));

/** Whether these fields can be used; if not, says so and goes to the first that cannot. */
function ready(fields) {
  const wrong = fields.filter(showFault);
  if (wrong.length) at(wrong[0]).focus();
  return wrong.length === 0;
}

function writeSnippet() {
  const values = {
    ...server,
    HOST: faults.host() ? '' : hostName(),
    SECRET: faults.secret() ? '' : secret(),
  };
  const cannot = device().https_only && !tls;
  const text = cannot ? httpsOnly : device().text;
  const parts = text.split(/\{\{(URL|URL_HOST|TLS|HOST|SECRET)\}\}/);
  at('snippet').replaceChildren(...parts.map((part, position) => {
    if (position % 2 === 0) return part;
    const mark = document.createElement('mark');
    mark.textContent = values[part] || examples[part];
    if (!values[part]) mark.className = 'open';
    return mark;
  }));
  at('copied').textContent = '';
  writePromise();
}

function writePromise() {
  const name = faults.host() ? 'the host name' : hostName();
  const where = caller ? `${caller}, the address of this browser` : 'the address of this browser';
  at('promise').textContent = `This makes one real update: ${name} will point to ${where}. `
    + 'Do it where the router is, not from elsewhere.';
}

function chooseDevice() {
  at('note').textContent = device().note;
  at('file').textContent = device().file;
  history.replaceState(null, '', '#' + device().name);
  writeSnippet();
}

/** Where there is no clipboard interface: without https. */
function copySelected(text) {
  const put = event => {
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  };
  getSelection().selectAllChildren(at('snippet'));
  document.addEventListener('copy', put);
  const copied = document.execCommand('copy');
  document.removeEventListener('copy', put);
  return copied;
}

const withSecret = () => wanted().includes('secret') ? ', with your secret in it.' : '.';

async function copy() {
  if (!ready(wanted())) return;
  at('copied').textContent = '';
  const text = at('snippet').textContent;
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copied = copySelected(text);
  }
  at('copied').textContent = copied
    ? 'Copied' + withSecret()
    : 'The browser does not let this page copy: the text is selected, copy it yourself.';
}

function save() {
  if (!ready(wanted())) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([at('snippet').textContent]));
  link.download = device().file;
  link.click();
  URL.revokeObjectURL(link.href);
  at('copied').textContent = `Saved as ${device().file}` + withSecret();
}

/** What an answer means: [whether it went well, in short, in full]. */
function meaning(response, name, word, addresses) {
  const kind = addresses && addresses.includes(':') ? 'IPv6' : 'IPv4';
  const record = addresses
    ? `${name} points to ${addresses}. Only its ${kind} record was looked at.`
    : `${name} is as wanted.`;
  const wait = response.headers.get('retry-after');
  const words = {
    good: [true, 'It works.', `The record was changed: ${record}`],
    nochg: [true, 'It works.', `Nothing had to change: ${record}`],
    badauth: [false, 'The secret is wrong.', 'Compare it with the one that the server was set up with.'],
    nohost: [false, 'The host name is wrong.', `The secret is right, but it is not for ${name}.`],
    notfqdn: [false, 'The host name is wrong.', `The server cannot read ${name}.`],
    badip: [false, 'The address cannot be published.', `${caller || 'Your address'} is not an address on the `
      + 'Internet. Open this page by the server’s Internet address; for a zone of your own network, set allow_private.'],
    911: [false, 'The server could not do it now.', 'Its zone could not be changed, or a wrong secret was tried too '
      + `often. Try again ${wait ? `in ${wait} seconds` : 'later'}; the reason stands in the server’s log.`],
  };
  return words[word] || [false, 'An answer that this page does not know.', `Status ${response.status}: ${word}`];
}

async function update() {
  const name = hostName();
  let response;
  let body;
  try {
    // `omit`: a wrong secret must not open the browser's own login window.
    response = await fetch(`/nic/update?hostname=${encodeURIComponent(name)}&myip=auto`, {
      method: 'POST',
      headers: { Authorization: 'Basic ' + btoa(':' + secret()) },
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(30000),
    });
    body = await response.text();
  } catch {
    return [false, 'The server does not answer.', 'Is this device online, and does the server run?'];
  }
  const [word, addresses] = body.trim().slice(0, 200).split(/\s+/);
  return meaning(response, name, word, addresses);
}

async function test() {
  const button = at('test');
  if (button.getAttribute('aria-disabled') === 'true' || !ready(['host', 'secret'])) return;
  button.setAttribute('aria-disabled', 'true');
  at('result').className = '';
  at('result').textContent = 'Waiting for the answer …';
  const [well, short, full] = await update();
  const head = document.createElement('strong');
  head.textContent = (well ? '✓ ' : '✗ ') + short;
  at('result').className = well ? 'good' : 'bad';
  at('result').replaceChildren(head, full);
  button.removeAttribute('aria-disabled');
}

async function readAddress() {
  try {
    const response = await fetch('/myip', { cache: 'no-store' });
    if (!response.ok) throw response.status;
    caller = (await response.text()).trim();
  } catch {
    at('address').textContent = 'Your address could not be read: the server does not answer.';
    return;
  }
  const [used, other] = caller.includes(':') ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6'];
  const address = document.createElement('code');
  address.textContent = caller;
  at('address').replaceChildren('You come from ', address,
    ` (${used}). An ${other} address, if you have one, cannot be seen over this connection.`);
  writePromise();
}

function reveal() {
  const hidden = at('secret').type === 'password';
  at('secret').type = hidden ? 'text' : 'password';
  at('reveal').firstChild.textContent = hidden ? 'Hide' : 'Show';
}

at('device').replaceChildren(...devices.map(one => new Option(one.title)));
at('device').selectedIndex = Math.max(0, devices.findIndex(one => '#' + one.name === location.hash));
at('device').addEventListener('change', chooseDevice);
for (const id of ['host', 'secret']) {
  at(id).addEventListener('input', () => {
    if (spoilt[id]() || at(id).getAttribute('aria-invalid') === 'true') showFault(id);
    writeSnippet();
  });
}
at('reveal').addEventListener('click', reveal);
at('copy').addEventListener('click', copy);
at('save').addEventListener('click', save);
at('test').addEventListener('click', test);
if (!isSecureContext) {
  at('insecure').textContent = 'This page came without https: whoever is on the way can read the secret when it is sent.';
}
chooseDevice();
readAddress();
