// A real OpenID provider for tests: npm's oidc-provider, with the people and clients that a test names.
// Reads one JSON document from the environment (PROVIDER): client (id, secret, back, out), people (by login:
// claims). Everybody signs in by name alone, on the provider's own page. Prints its address when it listens.
import { createServer } from 'node:http';
import Provider from 'oidc-provider'; // version 8: Debian 12 has Node 18, which later ones do not run on

const setup = JSON.parse(process.env.PROVIDER);
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://localhost:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: setup.client.id,
      client_secret: setup.client.secret,
      redirect_uris: setup.client.back,
      post_logout_redirect_uris: setup.client.out,
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username', 'groups'],
    email: ['email'],
  },
  findAccount: (_, id) =>
    setup.people[id] && { accountId: id, claims: () => ({ sub: id, ...setup.people[id] }) },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
  // The list of keys is made by itself where none is given; it is known to nobody else.
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 120, Interaction: 600, Session: 600 },
});
server.on('request', provider.callback());
console.log(`ready ${issuer}`);
