/** Building the page without markup: text is always a text node, whatever it holds. */

export type Attributes = Readonly<Record<string, string | number | boolean | null>>;
type Child = Node | string | null;

/** An HTML element; attributes that are null or false are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/** Sets a text only where it changed: most of the page stays as it is while a handle moves. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

function set(element: Element, attributes: Attributes): void {
  for (const [name, given] of Object.entries(attributes)) {
    if (given !== null && given !== false) element.setAttribute(name, given === true ? "" : String(given));
  }
}
