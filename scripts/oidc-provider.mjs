// An OpenID provider on loopback for scripts/oidc: `oidc-provider` unchanged, with access tokens by RFC 9068.
// Prints its address when it listens.
//
//   node oidc-provider.mjs MODULES PORT AUDIENCE KEY_FILE CERTIFICATE_FILE

import { createRequire } from "node:module";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { pathToFileURL } from "node:url";

const [modules, port, audience, key, cert] = process.argv.slice(2);
const found = createRequire(modules + "/").resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(found));

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const issuer = `https://localhost:${port}`;
// No server listens there: the story reads the code from the address.
const desk = "http://127.0.0.1/desk";

const provider = new Provider(issuer, {
  clients: [{
    client_id: "desk",
    token_endpoint_auth_method: "none",
    redirect_uris: [desk],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    application_type: "native",
    id_token_signed_response_alg: "ES256",
  }],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "first" }] },
  cookies: { keys: ["only for this run"] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  // From the sign-in, so that the token shows its age and its factors.
  extraTokenClaims: async (ctx, token) => ({
    auth_time: ctx.oidc.entities.AuthorizationCode.authTime, amr: ["pwd", "mfa"], sid: token.sessionUid,
  }),
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "record",
        audience,
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});

createServer({ key: readFileSync(key), cert: readFileSync(cert) }, provider.callback())
  .listen(Number(port), "127.0.0.1", () => console.log(issuer));
