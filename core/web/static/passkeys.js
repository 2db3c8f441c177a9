// Passkeys: ask the server for a challenge, the device for its answer, and send the form with it. What needs this script is
// hidden without it.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

const readOptions = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
  ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
});

const written = (credential) => {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  const { id, type, authenticatorAttachment } = credential;
  return JSON.stringify({
    id, type, rawId: text(credential.rawId), authenticatorAttachment, response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
};

const ask = async (button) => {
  const { form } = button;
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    const answer = await fetch(button.dataset.options, { method: "POST", headers: { Accept: "application/json" } });
    if (answer.redirected) return location.assign(answer.url);
    if (!answer.ok) throw new Error(answer.status);
    const publicKey = readOptions(await answer.json());
    const credential = await navigator.credentials[button.dataset.passkey]({ publicKey });
    form.querySelector("[name=proof-passkey]").value = written(credential);
    form.submit();
  } catch {
    problem.hidden = false;
  }
};

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-part]").forEach((part) => (part.hidden = false));
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-passkey]");
    if (button) ask(button);
  });
}
