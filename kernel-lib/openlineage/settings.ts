/** What the environment says about OpenLineage, in the variables that its own clients read. */

export interface LineageServer {
  /** Where events are posted, without user and password. */
  readonly url: URL;
  /** The whole Authorization header. Never shown, never written. */
  readonly authorization: string | null;
}

export interface LineageSettings {
  readonly disabled: boolean;
  readonly server: LineageServer | null;
  /** Why the server that was named cannot be one. */
  readonly fault: string | null;
  /** Namespace of jobs. */
  readonly namespace: string;
  /** The run that this one is a part of. */
  readonly parent: { readonly run: string; readonly job: { namespace: string; name: string } } | null;
}

/**
 * OPENLINEAGE_URL (and OPENLINEAGE_ENDPOINT, default api/v1/lineage, resolved against it), OPENLINEAGE_API_KEY (a bearer
 * token), OPENLINEAGE_NAMESPACE (default corpuslab), OPENLINEAGE_PARENT_ID (`namespace/job/run`), OPENLINEAGE_DISABLED.
 */
export function lineageSettings(env: NodeJS.ProcessEnv = process.env): LineageSettings {
  const { server, fault } = serverOf(env);
  return {
    disabled: env.OPENLINEAGE_DISABLED?.trim().toLowerCase() === "true",
    ...{ server, fault },
    namespace: env.OPENLINEAGE_NAMESPACE || "corpuslab",
    parent: parentOf(env.OPENLINEAGE_PARENT_ID),
  };
}

function serverOf(env: NodeJS.ProcessEnv): Pick<LineageSettings, "server" | "fault"> {
  const named = env.OPENLINEAGE_URL?.trim();
  if (!named) return { server: null, fault: null };
  const url = URL.canParse(named) ? new URL(env.OPENLINEAGE_ENDPOINT || "api/v1/lineage", named) : null;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    return { server: null, fault: "OPENLINEAGE_URL is no http or https address" };
  }
  const { username, password } = new URL(named);
  url.username = "";
  url.password = "";
  const key = env.OPENLINEAGE_API_KEY;
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const authorization = key ? `Bearer ${key}` : username ? `Basic ${basic.toString("base64")}` : null;
  return { server: { url, authorization }, fault: null };
}

function parentOf(id: string | undefined): LineageSettings["parent"] {
  const [, namespace, name, run] =
    /^(.+)\/([^/]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(id ?? "") ?? [];
  return namespace && name && run ? { run, job: { namespace, name } } : null;
}
