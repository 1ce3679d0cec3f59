// Gets a certificate with npm's acme-client. Its two files go into the current folder.
'use strict';

const { writeFileSync } = require('node:fs');
const acme = require('acme-client');

const { DIRECTORY, URL, HOST, SECRET } = process.env;
const headers = {
  'Content-Type': 'application/json',
  Authorization: 'Basic ' + Buffer.from(`${HOST}:${SECRET}`).toString('base64'),
};

async function post(path, authorization, value) {
  const fqdn = `_acme-challenge.${authorization.identifier.value}.`;
  const said = await fetch(URL + path, { method: 'POST', headers, body: JSON.stringify({ fqdn, value }) });
  if (!said.ok) throw new Error(`${path}: ${said.status} ${await said.text()}`);
}

async function main() {
  const accountKey = await acme.crypto.createPrivateEcdsaKey();
  const client = new acme.Client({ directoryUrl: DIRECTORY, accountKey });
  const [key, csr] = await acme.crypto.createCsr({ commonName: HOST, altNames: [HOST, `*.${HOST}`] });
  const chain = await client.auto({
    csr,
    termsOfServiceAgreed: true,
    challengePriority: ['dns-01'],
    skipChallengeVerification: true,
    challengeCreateFn: (authorization, challenge, value) => post('/present', authorization, value),
    challengeRemoveFn: (authorization, challenge, value) => post('/cleanup', authorization, value),
  });
  writeFileSync('chain.pem', chain);
  writeFileSync('key.pem', key);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
