/** A name for one command, made once and kept through every resend: the server does each name once. */
export function makeNonce(): string {
  // Not crypto.randomUUID(): it is missing on pages served without TLS, as on a school's own machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
