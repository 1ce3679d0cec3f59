// What the page says of itself, and what happens when something is typed or pressed.

function writeWarnings() {
  const { hostname } = location;
  at('reach').className = reach(hostname) === 'itself' ? 'fault' : 'soft';
  at('reach').textContent = {
    itself: `${hostname} is this computer itself: no router can call it. Open this page by the name or address that `
      + 'your router will call; the text below then has it.',
    network: `${hostname} is in your own network: a router there can call it, one elsewhere cannot.`,
    all: '',
  }[reach(hostname)];
  at('insecure').textContent = isSecureContext ? '' : 'This page came without https: whoever is on the way can '
    + 'read the secret, now and each time that the router sends it.';
}

function write() {
  writeText();
  writePromise();
}

function chooseDevice() {
  const { action, certificates, file, name, note, success } = device();
  const [first, second] = action === 'save' ? ['save', 'copy'] : ['copy', 'save'];
  at(first).className = 'main';
  at(second).className = '';
  at('actions').prepend(at(first), at(second));
  at('note').textContent = note;
  at('file').textContent = file;
  at('success').textContent = success;
  at('try').hidden = certificates;
  history.replaceState(null, '', '#' + name);
  write();
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
  at('address').replaceChildren('You come from ', element('code', caller),
    ` (${used}). An ${other} address, if you have one, cannot be seen over this connection.`);
  writePromise();
}

function reveal() {
  at('secret').type = secretIsShown() ? 'password' : 'text';
  at('reveal').firstChild.textContent = secretIsShown() ? 'Hide' : 'Show';
  writeText();
}

/** The devices that get certificates, or the others, as a group of the list. */
function group(label, certificates) {
  const listed = devices.filter(one => one.certificates === certificates);
  const made = element('optgroup', ...listed.map(one => new Option(one.title)));
  made.label = label;
  return made;
}

at('device').replaceChildren(group('Keep a name on an address', false), group('Get certificates for it', true));
at('device').selectedIndex = Math.max(0, devices.findIndex(one => '#' + one.name === location.hash));
at('device').addEventListener('change', chooseDevice);
for (const id of ['host', 'secret']) {
  at(id).addEventListener('input', () => {
    if (spoilt[id]() || at(id).getAttribute('aria-invalid') === 'true') showFault(id);
    write();
  });
}
at('reveal').addEventListener('click', reveal);
at('copy').addEventListener('click', copy);
at('save').addEventListener('click', save);
at('test').addEventListener('click', test);
writeWarnings();
chooseDevice();
readAddress();
