// The steps of scripts/oidc: a nurse signs in at the provider like a browser (authorization code with PKCE). The
// server accepts the provider's token after an administrator has linked the account.
//
//   node oidc-story.mjs PROGRAM SERVER ISSUER AUDIENCE PASSWORD

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const [program, server, issuer, audience, password] = process.argv.slice(2);
// No server listens there: the story reads the code from the address.
const desk = "http://127.0.0.1/desk";
const subject = "7c1e0f5a-larkmoor";

// --- At the provider --------------------------------------------------------------------------

// The text of a page, without its markup.
const words = (page) => page.replace(/<(style|head)[^]*?<\/\1>|<[^>]+>/g, " ").replace(/\s+/g, " ").slice(0, 300);

// Sends one request, and stores cookies like a browser.
async function step(cookies, url, form) {
  const answer = await fetch(url, {
    method: form ? "POST" : "GET",
    redirect: "manual",
    headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join("; ") },
    body: form && new URLSearchParams(form),
  });
  for (const cookie of answer.headers.getSetCookie()) {
    const [key, ...value] = cookie.split(";")[0].split("=");
    cookies.set(key, value.join("="));
  }
  return answer;
}

// Follows the provider's pages until it redirects to the desk.
async function walk(cookies, start, name) {
  let at = start;
  for (let steps = 0; !at.startsWith(`${desk}?`); steps += 1) {
    assert(steps < 12, "the provider redirects without end");
    let answer = await step(cookies, at);
    if (answer.status === 200) {
      const page = await answer.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      assert(prompt, `the page of the provider has no known prompt: ${words(page)}`);
      answer = await step(cookies, /action="([^"]+)"/.exec(page)[1], { prompt, login: name, password: "any" });
    }
    const location = answer.headers.get("location");
    assert(location, `the provider answered ${answer.status}: ${words(await answer.text())}`);
    at = new URL(location, issuer).href;
  }
  return new URL(at).searchParams.get("code");
}

async function tokensOf(name) {
  const verifier = randomBytes(32).toString("base64url");
  const cookies = new Map();
  const code = await walk(cookies, `${issuer}/auth?` + new URLSearchParams({
    client_id: "desk",
    response_type: "code",
    redirect_uri: desk,
    scope: "openid record",
    resource: audience,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }), name);
  assert(code, "the provider gave no code");
  const exchange = await step(cookies, `${issuer}/token`, {
    grant_type: "authorization_code", client_id: "desk", redirect_uri: desk, code, code_verifier: verifier,
  });
  const tokens = await exchange.json();
  assert(tokens.access_token && tokens.id_token, `the provider gave no tokens: ${tokens.error_description}`);
  return tokens;
}

// --- At the server ----------------------------------------------------------------------------

async function ask(token, method, path, body) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) };
  const answer = await fetch(server + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}

async function expect(what, status, asked) {
  const answer = await asked;
  assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
  console.log(`    ${status}  ${what}`);
  return answer.body;
}

/** Signs an administrator in for the first time and returns a token. */
async function signIn(name) {
  const session = await expect(`${name} signs in with the first password`, 201,
    ask(null, "POST", "/v1/sessions", { sign_in_name: name, password }));
  const token = session.access_token;
  await expect("which opens nothing", 403, ask(token, "GET", "/v1/workers"));
  await expect("until it is replaced", 204, ask(token, "POST", "/v1/me/password",
    { present_password: password, new_password: randomBytes(24).toString("base64url") }));
  const { secret } = await expect("and sets up a second factor", 201, ask(token, "POST", "/v1/me/second-factor", {}));
  const code = execFileSync(program, ["code", secret], { encoding: "utf8" }).trim();
  await expect("and proves it", 201, ask(token, "POST", "/v1/me/second-factor/confirmation", { code }));
  return token;
}

const administrator = await signIn("piotr.lind");
const second = await signIn("ingrid.mowbray");
const workers = await expect("and lists the workers to find the nurse", 200, ask(administrator, "GET", "/v1/workers"));
const nurse = workers.items.find((worker) => worker.sign_in_name === "ife.marlow");

const tokens = await tokensOf(subject);
const token = tokens.access_token;
await expect("the nurse's token from the provider, not linked yet", 401, ask(token, "GET", "/v1/me"));
const link = `/v1/workers/${nurse.id}/external-identities/mock`;
await expect("the administrator links the nurse", 204, ask(administrator, "PUT", link, { subject }));
const me = await expect("the same token now", 200, ask(token, "GET", "/v1/me"));
assert.equal(me.id, nurse.id);
assert.deepEqual(me.proposed_roles, ["practitioner"]);
const [grant] = (await expect("the second administrator lists the proposed roles", 200, ask(second, "GET", "/v1/role-grants"))).items;
const { code } = await expect("and confirms it, and hands the code to the nurse", 200,
  ask(second, "POST", `/v1/role-grants/${grant.id}/decision`, { answer: "approve", because: "Works here." }));
await expect("who takes the role up", 200, ask(token, "POST", "/v1/me/roles", { code }));
await expect("the ID token of the same sign-in", 401, ask(tokens.id_token, "GET", "/v1/me"));
await expect("the token with its last letter changed", 401,
  ask(token.slice(0, -2) + (token.at(-2) === "A" ? "B" : "A") + token.at(-1), "GET", "/v1/me"));
await expect("the nurse begins a record, which needs a second factor", 201, ask(token, "POST", "/v1/children",
  JSON.parse(readFileSync("openapi/examples.json", "utf8")).create_child));
const sessions = await expect("the nurse sees the session", 200, ask(token, "GET", "/v1/me/sessions"));
assert.equal(sessions.items.length, 1);
await expect("the administrator ends it", 204, ask(administrator, "DELETE", `/v1/sessions/${sessions.items[0].id}`));
await expect("the token of the ended session", 401, ask(token, "GET", "/v1/me"));
const again = (await tokensOf(subject)).access_token;
await expect("the nurse signs in at the provider again", 200, ask(again, "GET", "/v1/me"));
await expect("the administrator unlinks the nurse", 204, ask(administrator, "DELETE", link));
await expect("the token of the unlinked nurse", 401, ask(again, "GET", "/v1/me"));
