/**
 * Widgets over comms, as ipywidgets 8 front ends with anywidget speak them (widget messaging protocol 2.1): JupyterLab,
 * Notebook 7, VS Code. The kernel holds each model's state, so that a reloaded page shows what the last one showed.
 */
import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Widget, WidgetHost, WidgetOptions } from "../notebook/widget";
import { type Comm, CommMessageError, type Comms, type Data, shape } from "./comms";
import { placeBuffers, splitBuffers } from "./state-buffers";

const TARGET = "jupyter.widget";
const CONTROL = "jupyter.widget.control";
const MODULE = { module: "anywidget", version: "~0.11.*", model: "AnyModel", view: "AnyView" };

const fromPage = z.discriminatedUnion("method", [
  z.object({
    method: z.literal("update"),
    state: z.record(z.string(), z.unknown()),
    buffer_paths: z.array(z.array(z.union([z.string(), z.int().min(0)])).min(1)).default([]),
  }),
  z.object({ method: z.literal("request_state") }),
  z.object({ method: z.literal("custom"), content: z.unknown() }),
]);
const fromManager = z.object({ method: z.literal("request_states") });

/** Widgets are opened over `comms`, and front ends that ask get the states of all of them. */
export function widgetHost(comms: Comms): WidgetHost {
  const states = new Map<string, () => Data>();
  comms.accept(CONTROL, (comm) => ({
    message: (data) => {
      shape(fromManager, data, CONTROL);
      const models = [...states].map(([id, state]) => [id, described(state())] as const);
      const { state, paths, buffers } = splitBuffers(Object.fromEntries(models));
      comm.send({ method: "update_states", states: state, buffer_paths: paths }, buffers);
    },
  }));
  return (options) => {
    const id = randomUUID();
    let state = modelState(options);
    states.set(id, () => state);
    const closed = () => {
      states.delete(id);
      return options.onClose?.();
    };
    const message = (data: Data, buffers: readonly Buffer[]) => {
      const asked = shape(fromPage, data, `message to widget ${id}`);
      if (asked.method === "custom") return options.onMessage(asked.content, buffers);
      if (asked.method === "request_state") return sendState(comm, "update", state);
      const changed = pageState(asked, buffers);
      sendState(comm, "echo_update", changed); // to other pages; fails for what cannot be sent again
      state = { ...state, ...changed };
    };
    const { state: json, paths, buffers } = splitBuffers(state);
    const comm = comms.open(
      TARGET,
      id,
      { message, close: closed },
      { data: { state: json, buffer_paths: paths }, metadata: { version: "2.1.0" }, buffers },
    );
    return {
      view: viewBundle(id, options.title ?? "A live view"),
      send: (content, buffers) => comm.send({ method: "custom", content }, buffers),
      close: () => {
        if (!states.delete(id)) return;
        comm.close();
        options.onClose?.();
      },
    } satisfies Widget;
  };
}

function sendState(comm: Comm, method: "update" | "echo_update", state: Data): void {
  const { state: json, paths, buffers } = splitBuffers(state);
  comm.send({ method, state: json, buffer_paths: paths }, buffers);
}

/** What the page may change: keys with an underscore say which code runs in the page, and are the kernel's. */
function pageState(
  { state, buffer_paths: paths }: { readonly state: Data; readonly buffer_paths: (string | number)[][] },
  buffers: readonly Buffer[],
): Data {
  const refused = Object.keys(state).filter((key) => key.startsWith("_"));
  for (const [key] of paths) if (String(key).startsWith("_")) refused.push(String(key));
  if (refused.length > 0) {
    const names = refused.map((key) => JSON.stringify(key)).join(", ");
    throw new CommMessageError(`update of ${names.slice(0, 100)}, which only the kernel may change`);
  }
  const changed = structuredClone(state);
  if (!placeBuffers(changed, paths, buffers)) {
    throw new CommMessageError("update whose buffer_paths do not fit its state and its buffers");
  }
  return changed;
}

function modelState({ esm, css, state }: WidgetOptions): Data {
  const code = createHash("sha256")
    .update(esm)
    .update("\0")
    .update(css ?? "")
    .digest("hex")
    .slice(0, 16);
  return {
    ...state,
    _model_module: MODULE.module,
    _model_module_version: MODULE.version,
    _model_name: MODULE.model,
    _view_module: MODULE.module,
    _view_module_version: MODULE.version,
    _view_name: MODULE.view,
    _anywidget_id: `corpuslab.${code}`,
    _esm: esm,
    ...(css === undefined ? {} : { _css: css }),
  };
}

function described(state: Data): Data {
  return {
    model_name: MODULE.model,
    model_module: MODULE.module,
    model_module_version: MODULE.version,
    state,
  };
}

function viewBundle(id: string, title: string) {
  return {
    "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 1, model_id: id },
    "text/plain": `${title}: it works while its kernel, TypeScript (corpuslab), runs. Run the cell to have it back.`,
  };
}
