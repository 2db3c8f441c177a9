// An OpenID provider as companies have them: the certified `oidc-provider`, with its own forms. Anybody may sign in as anybody.
// node idp.mjs <entry of oidc-provider> <redirect URI> <domain>; the first line it prints is its issuer.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [entry, redirect, domain] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(entry));
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "kehub", client_secret: "only-for-tests", redirect_uris: [redirect] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["only-for-tests"] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, email: id.includes("@") ? id : `${id}@${domain}`, email_verified: true }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
