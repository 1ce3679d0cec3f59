// One real update, and what came of it in words.

const noAddress = () => `${caller || 'Your address'} is not an address on the Internet.`;

function writePromise() {
  const name = faults.host() ? 'the host name' : hostName();
  const from = reach(caller || 'unknown.example');
  const words = {
    itself: `You come from ${caller}, which is this computer itself. No name can point there, so nothing will be `
      + 'changed: this only tells whether the secret is right.',
    network: `This makes one real update: ${name} will point to ${caller}, an address of a private network. `
      + 'The server refuses that, unless its zone is one for your own network (allow_private).',
    all: `This makes one real update: ${name} will point to ${caller ? `${caller}, ` : ''}the address of this browser. `
      + 'Do it where the router is, not from elsewhere.',
  };
  at('promise').textContent = words[from];
  at('test').textContent = from === 'itself' ? 'Check the secret' : 'Make one update';
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
    badip: reach(caller) === 'itself'
      ? [true, 'The secret is right.', `Nothing was changed: ${noAddress()} `
        + 'For a whole test, open this page from another machine, or let the router call.']
      : [false, 'The address cannot be published.', `${noAddress()} Open this page by the server’s Internet address; `
        + 'for a zone of your own network, set allow_private.'],
    911: [false, 'The server could not do it now.', 'Its zone could not be changed, or a wrong secret was tried too '
      + `often. Try again ${wait ? `in ${wait} seconds` : 'later'}; the server’s log has the reason.`],
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
  at('result').className = well ? 'good' : 'bad';
  at('result').replaceChildren(element('strong', (well ? '✓ ' : '✗ ') + short), full);
  button.removeAttribute('aria-disabled');
}
