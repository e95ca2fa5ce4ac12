/** Where the Hub is, who asks, and where its files are kept: the environment as huggingface_hub reads it. */

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors";

export interface HubSettings {
  /** Without a trailing slash and without user information. */
  readonly endpoint: string;
  /** Goes into the Authorization header and nowhere else. */
  readonly token: string | null;
  readonly cacheDir: string;
  /** HF_HUB_OFFLINE: nothing is asked, the cache is all there is. */
  readonly offline: boolean;
}

/**
 * Settings from `options`, else from HF_ENDPOINT, HF_TOKEN (or the file HF_TOKEN_PATH, `$HF_HOME/token`),
 * HF_HUB_CACHE (or `$HF_HOME/hub`, `~/.cache/huggingface/hub`) and HF_HUB_OFFLINE. Throws InputError for an endpoint
 * that is no http address.
 */
export function hubSettings(
  options: {
    readonly endpoint?: string | undefined;
    readonly token?: string | undefined;
    readonly cacheDir?: string | undefined;
  } = {},
): HubSettings {
  const { env } = process;
  const stated = options.endpoint ?? (env.HF_ENDPOINT || "https://huggingface.co");
  if (!URL.canParse(stated) || !/^https?:\/\//i.test(stated)) {
    throw new InputError("HF_ENDPOINT: not an http address, expected for example https://huggingface.co");
  }
  const url = new URL(stated);
  url.username = "";
  url.password = "";
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");
  return {
    endpoint: (url.origin + url.pathname).replace(/\/+$/, ""),
    token: options.token ?? tokenFrom(home),
    cacheDir: options.cacheDir ?? (env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, "hub")),
    offline: /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? ""),
  };
}

function tokenFrom(home: string): string | null {
  const { env } = process;
  const stated = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  if (stated) return stated.trim() || null;
  const file = env.HF_TOKEN_PATH || join(home, "token");
  return existsSync(file) ? readFileSync(file, "utf8").trim() || null : null;
}
