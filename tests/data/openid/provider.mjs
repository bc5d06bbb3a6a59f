// A real OpenID provider (npm: oidc-provider) for the tests of single sign-on.
//
//   node provider.mjs FOLDER MILLIS
//
// FOLDER holds its node_modules; its clock stands still at MILLIS, as the clock of the tests does. It listens on a free port of this
// machine, prints its issuer, and ends when its standard input does: with the tests, however they end.
//
// Everybody may sign in, with any password: the name typed is the mail. It is verified unless it starts with "chua-xac-minh".
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, millis] = process.argv.slice(2);

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [Number(millis)]));
  }

  static now() {
    return Number(millis);
  }
};

// what it says of itself at its start is about running it for others
console.info = () => {};
console.warn = () => {};

const { default: Provider } = await import(pathToFileURL(join(folder, 'node_modules/oidc-provider/lib/index.js')));

function key(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig' };
}

function client(id, alg) {
  return {
    client_id: id,
    client_secret: 'only for: tests & 100 %+',
    redirect_uris: ['http://localhost:8080/dang-nhap/mot-lan'],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    id_token_signed_response_alg: alg,
  };
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client('tinbai', 'RS256'), client('tinbai-pss', 'PS256')],
    jwks: { keys: [key('one')] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256'] },
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, mail) => ({
      accountId: mail,
      claims: () => ({ sub: mail, email: mail, email_verified: !mail.startsWith('chua-xac-minh') }),
    }),
  });
  server.on('request', provider.callback());
  process.stdout.write(`${issuer}\n`);
});

process.stdin.on('end', () => process.exit(0)).resume();
