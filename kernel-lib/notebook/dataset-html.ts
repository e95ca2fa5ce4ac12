/** HTML with text of a dataset in it, shown as it is: JupyterLab would typeset what stands between dollar signs. */
export function datasetHtml(html: string): string {
  return `<div class="tex2jax_ignore mathjax_ignore">${html}</div>`;
}
