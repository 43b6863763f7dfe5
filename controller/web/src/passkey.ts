// Passkeys: fetches what to ask the device, asks it, and takes its answer back. A form of class `passkey` is hidden until
// this script finds that the browser can do it and that the page was opened by the address that passkeys are good for.

interface Asked {
  request: string;
  options: Record<string, unknown>;
}

interface Descriptor {
  id: string;
}

type Rite = "add" | "log-in" | "second-factor" | "step-up";

/** Where each kind of form fetches what to ask, and takes the answer. */
const PATHS: Record<Rite, string> = {
  add: "/api/v1/account/passkeys",
  "log-in": "/api/v1/login/passkey",
  "second-factor": "/api/v1/login/passkey",
  "step-up": "/api/v1/step-up/passkey",
};

const STEP_UP = "urn:villagenet:problem:step-up";
/** The ways to reach a device that the server knows; browsers may tell of newer ones. */
const TRANSPORTS = ["usb", "nfc", "ble", "internal", "hybrid"];

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (!("PublicKeyCredential" in window) || location.origin !== form.dataset["site"]) continue;
  form.hidden = false;
  const instead = form.nextElementSibling;
  if (instead instanceof HTMLElement && "passkeyElse" in instead.dataset) instead.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(form);
  });
}

async function run(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector("button");
  const failure = form.querySelector<HTMLElement>("[role=alert]");
  if (button !== null) button.disabled = true;
  if (failure !== null) failure.hidden = true;
  try {
    await perform(form);
  } catch (error) {
    // Who changed his mind at the device sees the same as whom it does not know: browsers do not tell which.
    console.info(error);
    if (failure !== null) failure.hidden = false;
    if (button !== null) button.disabled = false;
  }
}

async function perform(form: HTMLFormElement): Promise<void> {
  const rite = form.dataset["passkey"] as Rite;
  const fields = Object.fromEntries(new FormData(form));
  const asked = (await post(`${PATHS[rite]}/options`, fields)) as Asked | null;
  if (asked === null) return;
  const credential = rite === "add" ? await create(asked.options) : await get(asked.options);
  if ((await post(PATHS[rite], { ...fields, request: asked.request, credential })) === null) return;
  location.assign(form.dataset["next"] ?? "/");
}

/** The answer; `null` when the browser is on its way to another page. */
async function post(path: string, body: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.status === 204) return {};
  const told: unknown = await response.json();
  if (response.ok) return told;
  if (response.status === 403 && (told as { type?: string }).type === STEP_UP) {
    location.assign(`/step-up?next=${encodeURIComponent(location.pathname)}`);
    return null;
  }
  throw new Error(`${path}: ${response.status}`);
}

async function create(options: Record<string, unknown>): Promise<unknown> {
  const user = options["user"] as Descriptor;
  const publicKey = {
    ...options,
    challenge: bytes(options["challenge"] as string),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: descriptors(options["excludeCredentials"]),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return credential(made, {
    attestationObject: text(response.attestationObject),
    transports: response.getTransports().filter((transport) => TRANSPORTS.includes(transport)),
  });
}

async function get(options: Record<string, unknown>): Promise<unknown> {
  const publicKey = {
    ...options,
    challenge: bytes(options["challenge"] as string),
    allowCredentials: descriptors(options["allowCredentials"]),
  } as unknown as PublicKeyCredentialRequestOptions;
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  return credential(shown, {
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: response.userHandle === null ? null : text(response.userHandle),
  });
}

function credential(shown: PublicKeyCredential, response: Record<string, unknown>): unknown {
  const clientDataJSON = text(shown.response.clientDataJSON);
  return { id: shown.id, rawId: text(shown.rawId), type: shown.type, response: { ...response, clientDataJSON } };
}

function descriptors(list: unknown): unknown[] {
  return ((list ?? []) as Descriptor[]).map((one) => ({ ...one, id: bytes(one.id) }));
}

/** Bytes of base64url. */
function bytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** Base64url of bytes. */
function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
