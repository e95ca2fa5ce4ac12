/** Text as HTML, safe in element bodies and in quoted attributes. Row text is other people's: it never becomes markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
