'use strict';

// What is typed, and what the page knows of its server.

const at = id => document.getElementById(id);
const devices = JSON.parse(at('devices').textContent);
const tls = location.protocol === 'https:';
const server = { URL: location.origin, URL_HOST: location.host, TLS: tls ? 'yes' : 'no' };
const examples = { HOST: 'home.example.com', DOMAIN: 'home.example.com', SECRET: 'YOUR-SECRET' };
let caller = '';

const hostName = () => at('host').value.trim().replace(/\.$/, '').toLowerCase();
/** What a certificate is for, beside the names below it. */
const domain = () => hostName().replace(/^\*\./, '');
const secret = () => at('secret').value.trim();
const secretIsShown = () => at('secret').type === 'text';
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

const faults = { host: () => hostFault(hostName()), domain: () => hostFault(hostName()), secret: () => secretFault(secret()) };
// Characters that no further typing makes right; anything else is said when a button is pressed.
// Not on leaving the field: the text would move the button away under the click.
const spoilt = { host: () => /[^\w.*-]/.test(hostName()), secret: () => /[^\w.~-]/.test(secret()) };

function showFault(id) {
  const fault = faults[id]();
  at(id + '-fault').textContent = fault;
  at(id).setAttribute('aria-invalid', String(Boolean(fault)));
  return fault;
}

/** Whether these fields can be used; if not, says so and goes to the first that cannot. */
function ready(fields) {
  const wrong = fields.filter(showFault);
  if (wrong.length) at(wrong[0]).focus();
  return wrong.length === 0;
}

const quad = /^\d+\.\d+\.\d+\.\d+$/;
const privateQuad = /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/** Who reaches a server of this name or address: 'itself', 'network' (its own network), or 'all'. */
function reach(host) {
  const name = host.replace(/^\[|\]$/g, '');
  if (/^(127\..*|::1|(.*\.)?localhost)$/.test(name)) return 'itself';
  if (name.includes(':')) return /^f([cd]|e[89ab])/i.test(name) ? 'network' : 'all';
  if (quad.test(name)) return privateQuad.test(name) ? 'network' : 'all';
  return /\.(local|lan|internal|home\.arpa)$/.test(name) || !name.includes('.') ? 'network' : 'all';
}
