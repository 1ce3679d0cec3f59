// The text of a device: one to copy as a whole, or a form with a row a field.

const httpsOnly = 'this device speaks HTTPS only: it needs a URL that begins with https://, '
  + 'such as that of a TLS proxy in front of the server\n';
const mask = '•'.repeat(10);
const field = /^([\w()/ ]{1,30}): (.+)$/;

/** Which of host and secret are in the text. */
const wanted = text => Object.entries({ host: /\{\{(HOST|DOMAIN)\}\}/, secret: /\{\{SECRET\}\}/ })
  .filter(([, used]) => used.test(text)).map(([id]) => id);

const deviceText = () => device().https_only && !tls ? httpsOnly : device().text;
const isForm = () => device().action === 'form' && deviceText() !== httpsOnly;

/** The text in parts: at even places what is always the same, at odd ones the names of values. */
const parts = text => text.split(/\{\{(URL|URL_HOST|TLS|HOST|DOMAIN|SECRET)\}\}/);

function value(name) {
  if (name in server) return server[name];
  const id = name.toLowerCase();
  return faults[id]() ? '' : { host: hostName, domain, secret }[id]();
}

/** The text with all values in it. */
const filled = text => parts(text)
  .map((part, position) => position % 2 ? value(part) || examples[part] : part).join('');

/** The same to look at: values are marked, and a secret that is hidden above is hidden here. */
const shown = text => parts(text).map((part, position) => {
  if (position % 2 === 0) return part;
  const mark = document.createElement('mark');
  const given = value(part);
  mark.textContent = given && part === 'SECRET' && !secretIsShown() ? mask : given || examples[part];
  if (!given) mark.className = 'open';
  return mark;
});

function element(name, ...children) {
  const made = document.createElement(name);
  made.replaceChildren(...children);
  return made;
}

/** One field of a form, with a button that copies its value. */
function fieldRow(name, text) {
  const button = element('button', element('span', 'Copy'));
  button.type = 'button';
  const what = element('span', ` ${name}`);
  what.className = 'unseen';
  button.append(what);
  const code = element('code', ...shown(text));
  button.addEventListener('click', () => copyField(button, name, text, code));
  return element('div', element('dt', name), element('dd', code, button));
}

/** The lines below the title; fields that follow each other are one list. */
function formParts(text) {
  const made = [];
  for (const line of text.trim().split('\n').slice(1).filter(Boolean)) {
    const [, name, given] = field.exec(line) || [];
    if (!name) made.push(element('p', ...shown(line)));
    else if (made.at(-1)?.localName === 'dl') made.at(-1).append(fieldRow(name, given));
    else made.push(element('dl', fieldRow(name, given)));
  }
  return made;
}

function writeText() {
  const form = isForm();
  at('snippet').hidden = at('actions').hidden = form;
  at('form').hidden = !form;
  at('snippet').replaceChildren(...form ? [] : shown(deviceText()));
  at('form').replaceChildren(...form ? formParts(deviceText()) : []);
  at('copied').textContent = '';
}

/** Where there is no clipboard interface: without https. */
function copySelected(text, node) {
  const put = event => {
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  };
  getSelection().selectAllChildren(node);
  document.addEventListener('copy', put);
  const copied = document.execCommand('copy');
  document.removeEventListener('copy', put);
  return copied;
}

/** Copies the text with its values, which `node` shows; says `done`, or that the browser refuses. */
async function copyText(text, node, done) {
  at('copied').textContent = '';
  const given = filled(text);
  const copied = await navigator.clipboard?.writeText(given).then(() => true, () => false)
    || copySelected(given, node);
  if (!copied) node.replaceChildren(given);
  if (!copied) getSelection().selectAllChildren(node);
  at('copied').textContent = copied
    ? done
    : 'The browser does not let this page copy: the text is selected, copy it yourself.';
  return copied;
}

const withSecret = text => wanted(text).includes('secret') ? ', with your secret in it.' : '.';

function copy() {
  const text = deviceText();
  if (ready(wanted(text))) copyText(text, at('snippet'), 'Copied' + withSecret(text));
}

async function copyField(button, name, text, code) {
  if (!ready(wanted(text))) return;
  for (const one of at('form').querySelectorAll('button')) one.firstChild.textContent = 'Copy';
  if (await copyText(text, code, `Copied: ${name}.`)) button.firstChild.textContent = 'Copied';
}

function save() {
  const text = deviceText();
  if (!ready(wanted(text))) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([filled(text)]));
  link.download = device().file;
  link.click();
  URL.revokeObjectURL(link.href);
  at('copied').textContent = `Saved as ${device().file}` + withSecret(text);
}
