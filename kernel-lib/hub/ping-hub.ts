/** Is the Hub there, and does it know the token? */

import { errorText } from "../errors";
import { HubStatusError, hubRequest } from "./request";
import { hubSettings } from "./settings";

/**
 * Says within `timeoutMs` (default 3,000 for each of two requests) whether the Hub answers and, with a token,
 * whether it is accepted. Never throws; `detail` is one line without the token.
 *
 * @example const { ok, detail } = await pingHub()
 */
export async function pingHub({
  timeoutMs = 3_000,
  signal,
}: {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
} = {}): Promise<{ readonly ok: boolean; readonly detail: string }> {
  try {
    const settings = hubSettings();
    const { endpoint, token } = settings;
    if (settings.offline) return { ok: true, detail: `${endpoint} not asked: HF_HUB_OFFLINE is set` };
    const policy = { retries: 0, headersTimeoutMs: timeoutMs, signal };
    const started = Date.now();
    const listed = await hubRequest(
      `${endpoint}/api/datasets?limit=1`,
      {},
      { ...settings, token: null },
      policy,
    );
    await listed.body?.cancel();
    const reached = `${endpoint} answers in ${Date.now() - started} ms`;
    if (token === null) return { ok: true, detail: `${reached}; no token (public datasets only)` };
    try {
      const who = await hubRequest(`${endpoint}/api/whoami-v2`, {}, settings, policy);
      await who.body?.cancel();
      return { ok: true, detail: `${reached}; the token is accepted` };
    } catch (error) {
      if (!(error instanceof HubStatusError) || error.status !== 401) throw error;
      return {
        ok: false,
        detail: `${reached}; the token is refused: set HF_TOKEN to a valid one, or unset it`,
      };
    }
  } catch (error) {
    return { ok: false, detail: `${errorText(error)}; local files and --hub-dir work without it` };
  }
}
