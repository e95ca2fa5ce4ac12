/** Names under which datasets declare the built-in Python tool. Harmony calls it `python`, with raw code as body. */
const PYTHON_TOOLS: ReadonlySet<string> = new Set([
  "python",
  "functions.python",
  "stateful_python_code_exec",
  "functions.stateful_python_code_exec",
  "stateful_python",
  "python_code_exec",
  "code_interpreter",
]);

/** True for the built-in Python tool under any name that datasets give it. */
export function isPythonTool(name: string): boolean {
  return PYTHON_TOOLS.has(name);
}

/**
 * The name by which Harmony addresses a tool: `python` for the Python tools, else `functions.<name>`. A dot in the
 * source's name is part of the function's name, because datasets declare functions such as `math.gcd`.
 *
 * @example
 * toolRecipient("get_weather"); // "functions.get_weather"
 */
export function toolRecipient(name: string): string {
  if (isPythonTool(name)) return "python";
  return name.startsWith("functions.") ? name : `functions.${name}`;
}

/** True for a word that can only be a tool's name: `python` and its like, or `namespace.tool`. */
export function looksLikeTool(word: string): boolean {
  return isPythonTool(word) || /^[A-Za-z_][\w-]*(?:\.[\w-]+)+$/.test(word);
}
