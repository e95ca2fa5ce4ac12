/** A widget in real JupyterLab: changes arrive, a reload of the page keeps it, a dead kernel can be noticed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, type LabNotebook, labMissing, waitFor } from "./lab";

const PAGE = `export default {
  render({ model, el }) {
    el.innerHTML = '<input type="range" min="0" max="100" value="0" id="slider"><button id="say">say</button>' +
      '<output id="kept"></output><output id="heard"></output><output id="pongs">0</output><output id="state"></output>';
    const at = (id) => el.querySelector("#" + id);
    at("slider").value = model.get("level");
    at("slider").oninput = () => { model.set("level", Number(at("slider").value)); model.save_changes(); };
    at("say").onclick = () => model.send({ said: Number(at("slider").value) }, undefined, [new Uint8Array([1, 2, 255]).buffer]);
    let waiting = 0;
    model.on("msg:custom", (content, buffers) => {
      if (content.pong) { at("pongs").textContent = String(content.pong); waiting = 0; }
      else at("heard").textContent = JSON.stringify([content, buffers.map((b) => [...new Uint8Array(b.buffer, b.byteOffset, b.byteLength)])]);
    });
    const showLevel = () => { at("kept").textContent = model.get("level"); };
    model.on("change:level", showLevel);
    showLevel();
    let n = 0;
    const timer = setInterval(() => {
      let sent = true;
      try { model.send({ ping: ++n }); } catch { sent = false; }
      at("state").textContent = !sent || ++waiting > 5 ? "disconnected" : waiting > 1 ? "waiting" : "live";
    }, 200);
    return () => clearInterval(timer);
  },
};`;

const CELL = `const { openWidget } = require("corpuslab/dist/notebook/widget") as any;
const { display } = require("corpuslab") as any;
const said: number[] = [];
const widget: any = openWidget({
  title: "Level", esm: ${JSON.stringify(PAGE)}, state: { level: 0 },
  onMessage(content: any, buffers: any) {
    if (content.ping) return widget.send({ pong: content.ping });
    said.push(content.said);
    widget.send({ echo: content.said }, buffers);
  },
});
await display({ [Symbol.for("corpuslab.display")]: () => widget.view });`;

describe.skipIf(labMissing !== null)(`a widget in JupyterLab (${labMissing ?? "driven"})`, () => {
  let lab: Lab;
  let notebook: LabNotebook;
  beforeAll(async () => {
    lab = await Lab.start();
    lab.write("widget.ipynb", [CELL, "[process.pid, said.length, said.at(-1)].join()"]);
    notebook = await lab.open("widget.ipynb");
    await notebook.runAll();
    await notebook.page.waitForSelector("#slider");
  }, 180_000);
  afterAll(() => lab?.stop());

  const text = (id: string) => notebook.page.locator(`#${id}`).innerText();
  const drag = (value: number) =>
    notebook.page.locator("#slider").evaluate((slider, to) => {
      (slider as unknown as { value: string }).value = String(to);
      slider.dispatchEvent(new Event("input"));
    }, value);
  const kernelSays = async () => (await notebook.run(1)).split(",").map(Number);

  it("gets 50 messages one by one, in order, with binary values both ways", async () => {
    for (let i = 1; i <= 50; i++) {
      await drag(i);
      await notebook.page.click("#say");
      await waitFor(`message ${i} is answered`, async () => {
        return (await text("heard")) === JSON.stringify([{ echo: i }, [[1, 2, 255]]]);
      });
    }
    expect((await kernelSays()).slice(1)).toEqual([50, 50]);
  }, 120_000);

  it("keeps the last of 50 fast changes", async () => {
    for (let i = 50; i < 100; i++) await drag(i);
    expect(await text("kept")).toBe("99");
    await notebook.page.click("#say");
    await waitFor("the last value arrives", async () => (await text("heard")).includes('"echo":99'));
  });

  it("works on after the page is reloaded, with what was set before", async () => {
    await notebook.run(1); // the front end sends the last of fast changes after the one before was answered
    await notebook.reload();
    await notebook.page.waitForSelector("#slider");
    expect(await notebook.page.inputValue("#slider")).toBe("99");
    await drag(7);
    await notebook.page.click("#say");
    await waitFor("the message is answered", async () => (await text("heard")).includes('"echo":7'));
    await waitFor("it says live", async () => (await text("state")) === "live");
  });

  it("can notice that the kernel is dead", async () => {
    const [pid] = await kernelSays();
    process.kill(pid!, "SIGKILL");
    await waitFor("it says disconnected", async () => (await text("state")) === "disconnected");
    expect(await notebook.page.inputValue("#slider")).toBe("7");
  });
});
