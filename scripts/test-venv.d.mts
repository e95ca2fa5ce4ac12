/** The Python of the tests' environment, or null with the reason. See test-venv.mjs. */
export function ensureTestVenv(): { python: string; reason: null } | { python: null; reason: string };
