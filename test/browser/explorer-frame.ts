/** The explorer's page as a test sees it: by roles and names, as a screen reader does. */
import type { FrameLocator, Locator, Page } from "playwright-core";
import type { Side } from "../../kernel-lib/explore/cube";

/** What the page says it keeps. */
export interface Shown {
  readonly rows: number;
  readonly tokens: number;
}

export class ExplorerFrame {
  readonly frame: FrameLocator;

  /** The explorer within `root`, a page or a part of one. */
  constructor(
    private readonly page: Page,
    root: Locator = page.locator("body"),
  ) {
    this.frame = root.frameLocator("iframe[data-corpuslab-explorer]");
  }

  handle(side: Side, column: string): Locator {
    return this.frame.getByRole("slider", { name: `${side} bound of ${column}`, exact: true });
  }

  input(side: Side, column: string): Locator {
    return this.frame.getByLabel(`${side} bound of ${column} as a number`, { exact: true });
  }

  /** Live, static or disconnected. */
  badge(): Locator {
    return this.frame.locator(".badge");
  }

  async shown(): Promise<Shown> {
    const number = async (locator: Locator, text: Promise<string | null>) => {
      await locator.waitFor();
      return Number((await text)!.replaceAll(",", ""));
    };
    const [rows, tokens] = [this.frame.locator(".figure").nth(0), this.frame.locator(".figure").nth(1)];
    return {
      rows: await number(rows, rows.textContent()),
      tokens: await number(tokens, tokens.getAttribute("title")),
    };
  }

  /** Kept rows by group, as the table shows them. */
  async groups(): Promise<number[]> {
    const cells = await this.frame
      .locator(".groups tbody tr:not(.total) td:nth-of-type(2)")
      .allTextContents();
    return cells.map((text) => Number(text.replaceAll(",", "")));
  }

  /** The bound that a handle stands at; null is none. */
  async bound(side: Side, column: string): Promise<number | null> {
    const text = await this.input(side, column).inputValue();
    return text === "" ? null : Number(text);
  }

  policy(language: "SQL" | "TypeScript"): Promise<string | null> {
    return this.frame.getByRole("region", { name: `policy as ${language}` }).textContent();
  }

  /** Drags a handle with the mouse to a share of the plot's width, in steps. */
  async drag(side: Side, column: string, share: number): Promise<void> {
    const handle = this.handle(side, column);
    await handle.scrollIntoViewIfNeeded();
    const plot = (await handle.locator("..").boundingBox())!;
    const from = (await handle.boundingBox())!;
    const y = from.y + 8;
    const grip = side === "lower" ? from.x + from.width - 5 : from.x + 5;
    await this.page.mouse.move(grip, y);
    await this.page.mouse.down();
    await this.page.mouse.move(plot.x + share * plot.width, y, { steps: 12 });
    await this.page.mouse.up();
  }
}
