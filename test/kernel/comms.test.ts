/** Widgets over the kernel's real protocol: what a page sends, what it is answered, and what it cannot break. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CommExchange,
  KernelSession,
  kernelMissing,
  type Output,
  printed,
  ROOT,
  result,
} from "./kernel-session";

/** A widget in a cell, as the library opens it. What arrives is kept in `got`. */
const OPEN = `const { openWidget } = require("corpuslab/dist/notebook/widget") as any;
const got: any[] = [];
let closes = 0;
const widget: any = openWidget({
  title: "Counter",
  esm: "export default { render() {} }",
  state: { count: 0, bytes: new Uint8Array([1, 2, 3]) },
  onMessage: (content: any, buffers: any) => {
    got.push([content, buffers.map((b: any) => [...b])]);
    if (content.fail) throw new RangeError("handler failed");
    if (content.print) console.log("handler prints");
    if (content.loop) for (;;) {}
    if (content.work) return content.work();
    widget.send({ echo: content }, buffers);
  },
  onClose: () => { closes++; },
});`;

const base64 = (...bytes: number[]) => Buffer.from(bytes).toString("base64");
const states = ({ outputs }: { outputs: readonly Output[] }) =>
  outputs.filter(({ type }) => type === "status").map(({ content }) => content.execution_state);
const rest = ({ outputs }: { outputs: readonly Output[] }) =>
  outputs.filter(({ type }) => type !== "status").map(({ type, content }) => [type, content]);

describe.skipIf(kernelMissing !== null)(`comms (${kernelMissing ?? "driven by jupyter_client"})`, () => {
  let kernel: KernelSession;
  let id: string;
  let opened: Output;

  beforeAll(async () => {
    kernel = await KernelSession.start(ROOT);
    const cell = await kernel.run(OPEN);
    opened = cell.outputs.find(({ type }) => type === "comm_open")!;
    id = opened.content.comm_id as string;
  });
  afterAll(async () => {
    expect(await kernel.stop()).toEqual({ exit: 0 });
  });

  const send = (data: unknown, buffers: string[] = []): Promise<CommExchange> =>
    kernel.comm("comm_msg", { comm_id: id, data }, buffers);
  const value = async (code: string) => result(await kernel.run(code))?.["text/plain"] as string;

  it("opens an anywidget model with its state, and binary values beside it", () => {
    expect(opened.metadata).toEqual({ version: "2.1.0" });
    expect(opened.content.target_name).toBe("jupyter.widget");
    expect(opened.content.data).toEqual({
      state: {
        count: 0,
        _model_module: "anywidget",
        _model_module_version: "~0.11.*",
        _model_name: "AnyModel",
        _view_module: "anywidget",
        _view_module_version: "~0.11.*",
        _view_name: "AnyView",
        _anywidget_id: expect.stringMatching(/^corpuslab\.[0-9a-f]{16}$/),
        _esm: "export default { render() {} }",
      },
      buffer_paths: [["bytes"]],
    });
    expect(opened.buffers).toEqual([base64(1, 2, 3)]);
  });

  it("shows a view that names its model, with text that says what it needs", async () => {
    expect(JSON.parse(await value("JSON.stringify(widget.view)"))).toEqual({
      "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 1, model_id: id },
      "text/plain":
        "Counter: it works while its kernel, TypeScript (corpuslab), runs. Run the cell to have it back.",
    });
  });

  it("answers a page's message, buffers both ways, between busy and idle, parented to it", async () => {
    const exchange = await send({ method: "custom", content: { n: 1 } }, [base64(7, 8), base64()]);
    expect(states(exchange)).toEqual(["busy", "idle"]);
    expect(rest(exchange)).toEqual([
      ["comm_msg", { comm_id: id, data: { method: "custom", content: { echo: { n: 1 } } } }],
    ]);
    expect(exchange.outputs[1]?.buffers).toEqual([base64(7, 8), base64()]);
    expect(await value("JSON.stringify(got.at(-1))")).toBe('[{"n":1},[[7,8],[]]]');
  });

  it("keeps what the page changed, echoes it, and gives it to a page that asks", async () => {
    const exchange = await send(
      {
        method: "update",
        state: { count: 41, nested: { list: [null] } },
        buffer_paths: [["nested", "list", 0]],
      },
      [base64(9)],
    );
    const echo = { count: 41, nested: { list: [null] } };
    expect(rest(exchange)).toEqual([
      [
        "comm_msg",
        { comm_id: id, data: { method: "echo_update", state: echo, buffer_paths: [["nested", "list", 0]] } },
      ],
    ]);
    const asked = await send({ method: "request_state" });
    expect(states(asked)).toEqual(["busy", "idle"]);
    const answer = asked.outputs[1]!;
    expect(answer.content.data).toMatchObject({
      method: "update",
      state: { ...echo, _model_name: "AnyModel" },
      buffer_paths: [["bytes"], ["nested", "list", 0]],
    });
    expect(answer.buffers).toEqual([base64(1, 2, 3), base64(9)]);
  });

  it("gives a reloaded page the states of all models", async () => {
    expect((await kernel.request("comm_info_request", { target_name: "jupyter.widget" })).content).toEqual({
      status: "ok",
      comms: { [id]: { target_name: "jupyter.widget" } },
    });
    const control = { comm_id: "control-1", target_name: "jupyter.widget.control", data: {} };
    expect(rest(await kernel.comm("comm_open", control))).toEqual([]);
    const all = await kernel.request("comm_info_request", {});
    expect(Object.keys(all.content.comms as object).sort()).toEqual(["control-1", id].sort());
    const exchange = await kernel.comm("comm_msg", {
      comm_id: "control-1",
      data: { method: "request_states" },
    });
    expect(states(exchange)).toEqual(["busy", "idle"]);
    const { data } = exchange.outputs[1]!.content as { data: Record<string, unknown> };
    expect(data.method).toBe("update_states");
    expect(data.states).toEqual({
      [id]: {
        model_name: "AnyModel",
        model_module: "anywidget",
        model_module_version: "~0.11.*",
        state: expect.objectContaining({ count: 41, _esm: "export default { render() {} }" }),
      },
    });
    expect(data.buffer_paths).toEqual([
      [id, "state", "bytes"],
      [id, "state", "nested", "list", 0],
    ]);
    expect(exchange.outputs[1]!.buffers).toEqual([base64(1, 2, 3), base64(9)]);
    await kernel.comm("comm_close", { comm_id: "control-1", data: {} });
    const after = await kernel.request("comm_info_request", { target_name: "jupyter.widget.control" });
    expect(after.content.comms).toEqual({});
  });

  it("handles messages while a cell awaits", async () => {
    const finish = await kernel.begin("await new Promise((done) => setTimeout(done, 1_000)); got.length");
    const before = await send({ method: "custom", content: { during: 1 } });
    expect(rest(before)).toEqual([
      ["comm_msg", { comm_id: id, data: { method: "custom", content: { echo: { during: 1 } } } }],
    ]);
    const noisy = await send({ method: "custom", content: { during: 2, print: true } });
    expect(rest(noisy).map(([type]) => type)).toEqual(["comm_msg"]);
    const cell = await finish();
    expect(cell.reply.status).toBe("ok");
    expect(printed(cell)).toBe("handler prints\n");
    expect(result(cell)).toEqual({ "text/plain": "3" });
  });

  it("says a failing handler on stderr and goes on", async () => {
    const exchange = await send({ method: "custom", content: { fail: true } });
    const [[type, content]] = rest(exchange) as [[string, Record<string, string>]];
    expect([type, content.name]).toEqual(["stream", "stderr"]);
    expect(content.text).toMatch(/^corpuslab kernel: RangeError: handler failed\n/);
    expect(states(exchange)).toEqual(["busy", "idle"]);
    const finish = await kernel.begin("await new Promise((done) => setTimeout(done, 300))");
    expect(rest(await send({ method: "custom", content: { fail: true } }))).toEqual([]);
    const cell = await finish();
    expect(cell.reply.status).toBe("ok");
    expect(printed(cell, "stderr")).toMatch(/RangeError: handler failed/);
  });

  it("parents what an asynchronous handler sends and how it fails to its message", async () => {
    await kernel.run(`widget.later = async () => {
  await new Promise((done) => setTimeout(done, 50));
  widget.send({ late: true });
  throw new Error("late failure");
}; const run = () => widget.later(); got.length = 0`);
    await kernel.run(
      "const push = got.push.bind(got); got.push = (x: any) => { if (x[0].late) x[0].work = run; return push(x); }",
    );
    const { id: message } = await send({ method: "custom", content: { late: 1 } });
    const outputs = await kernel.parented(message, 4);
    expect(outputs.map(({ type }) => type)).toEqual(["status", "status", "comm_msg", "stream"]);
    expect(outputs[2]!.content.data).toEqual({ method: "custom", content: { late: true } });
    expect(outputs[3]!.content.text).toMatch(/^corpuslab kernel: Error: late failure\n/);
  });

  const deep = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
  it.each<[string, "comm_open" | "comm_msg" | "comm_close", (id: string) => unknown, string]>([
    ["no comm", "comm_msg", () => ({ data: {} }), "comm_msg of a wrong shape at comm_id"],
    [
      "data that is a list",
      "comm_msg",
      (id) => ({ comm_id: id, data: [1] }),
      "comm_msg of a wrong shape at data",
    ],
    [
      "a comm that is not open",
      "comm_msg",
      () => ({ comm_id: "nobody", data: {} }),
      'comm_msg for comm "nobody", which is not open in this kernel',
    ],
    [
      "an unknown method",
      "comm_msg",
      (id) => ({ comm_id: id, data: { method: "eval", code: "1" } }),
      "message to widget ",
    ],
    [
      "another module",
      "comm_msg",
      (id) => ({ comm_id: id, data: { method: "update", state: { _esm: "alert(1)" } } }),
      'update of "_esm", which only the kernel may change',
    ],
    [
      "a buffer for the module",
      "comm_msg",
      (id) => ({ comm_id: id, data: { method: "update", state: {}, buffer_paths: [["_esm"]] } }),
      'update of "_esm", which only the kernel may change',
    ],
    [
      "paths without buffers",
      "comm_msg",
      (id) => ({ comm_id: id, data: { method: "update", state: { a: 1 }, buffer_paths: [["b"], ["c"]] } }),
      "update whose buffer_paths do not fit its state and its buffers",
    ],
    [
      "a path into the prototype",
      "comm_msg",
      (id) => ({
        comm_id: id,
        data: {
          method: "update",
          state: { a: {} },
          buffer_paths: [["a", "constructor", "prototype", "hurt"]],
        },
      }),
      "update whose buffer_paths do not fit its state and its buffers",
    ],
    [
      "a state that is text",
      "comm_msg",
      (id) => ({ comm_id: id, data: { method: "update", state: "x" } }),
      "message to widget ",
    ],
    [
      "a target the kernel does not have",
      "comm_open",
      () => ({ comm_id: "x", target_name: "shell", data: {} }),
      'comm_open for target "shell", which this kernel does not have',
    ],
    [
      "an open comm opened again",
      "comm_open",
      (id) => ({ comm_id: id, target_name: "jupyter.widget.control" }),
      "comm_open for comm ",
    ],
    ["a close without a comm", "comm_close", () => ({}), "comm_close of a wrong shape at comm_id"],
  ])("ignores %s, and says so in one line", async (_, type, content, line) => {
    const exchange = await kernel.comm(type, content(id), [base64(1)]);
    expect(states(exchange)).toEqual(["busy", "idle"]);
    const said = rest(exchange).filter(([type]) => type === "stream") as [string, { text: string }][];
    expect(said.length).toBe(1);
    expect(said[0]![1].text.startsWith(`corpuslab kernel: ignored: ${line}`)).toBe(true);
    expect(said[0]![1].text.trimEnd().split("\n").length).toBe(1);
  });

  it("survives values that try to reach prototypes, and deep ones", async () => {
    const poisoned = JSON.parse(
      '{"method":"update","state":{"__proto__":{"hurt":1},"constructor":{"prototype":{"hurt":1}}}}',
    );
    await send(poisoned);
    await send({ method: "custom", content: deep(500) });
    expect(await value("[({} as any).hurt, got.at(-1).length]")).toBe("[ undefined, 2 ]");
    const state = (await send({ method: "request_state" })).outputs[1]!.content.data as { state: object };
    expect(state.state).toMatchObject({ count: 41, _esm: "export default { render() {} }" });
  });

  it("is interrupted: a handler that loops, and work a handler started", async () => {
    const looping = await kernel.comm(
      "comm_msg",
      { comm_id: id, data: { method: "custom", content: { loop: true } } },
      [],
      { interrupt_after: 0.5 },
    );
    expect(rest(looping)).toMatchObject([["stream", { text: "corpuslab kernel: Interrupted\n" }]]);
    await kernel.run(`const { interruptSignal } = require("corpuslab/dist/interrupt") as any;
const work = () => new Promise((_, stop) => interruptSignal().addEventListener("abort", () => { widget.send({ stopped: true }); stop(interruptSignal().reason); }));
got.push = (x: any) => { if (x[0].long) x[0].work = work; return push(x); }`);
    const long = await kernel.comm(
      "comm_msg",
      { comm_id: id, data: { method: "custom", content: { long: true } } },
      [],
      { interrupt_after: 0.2 },
    );
    const outputs = await kernel.parented(long.id, 4);
    expect(outputs[2]!.content.data).toEqual({ method: "custom", content: { stopped: true } });
    expect(outputs[3]!.content.text).toBe("corpuslab kernel: Interrupted\n");
    const next = await send({ method: "custom", content: { n: 2 } });
    expect(rest(next)).toMatchObject([["comm_msg", { data: { content: { echo: { n: 2 } } } }]]);
    expect(await value("interruptSignal().aborted")).toBe("false");
  });

  it("closes from either side: the page's close is told to the code, the code's to the page", async () => {
    expect(rest(await kernel.comm("comm_close", { comm_id: id, data: {} }))).toEqual([]);
    expect(await value("closes")).toBe("1");
    const silent = await kernel.run("widget.send({ gone: 1 }); widget.close(); closes");
    expect(rest(silent).map(([type]) => type)).toEqual(["execute_input", "execute_result"]);
    expect(result(silent)).toEqual({ "text/plain": "1" });
    const second = await kernel.run(
      "const other = openWidget({ esm: '', state: {}, onMessage() {}, onClose() { closes++ } }); other.close(); other.close(); closes",
    );
    expect(rest(second).map(([type]) => type)).toEqual([
      "execute_input",
      "comm_open",
      "comm_close",
      "execute_result",
    ]);
    expect(result(second)).toEqual({ "text/plain": "2" });
    expect((await kernel.request("comm_info_request", {})).content.comms).toEqual({});
  });
});
