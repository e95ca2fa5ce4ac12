/** Remains of chat templates and web pages in an answer. Given the prose: code blocks may show such things rightly. */
import { withoutInlineCode } from "./prose";

const MARKERS =
  /<\|(?:im_start|im_end|endoftext|eot_id|begin_of_text|start_header_id|end_header_id|user|assistant|system|end|pad|eos)\|>|\[\/?INST\]|<<\/?SYS>>|<\/s>|<(?:start|end)_of_turn>|<\|(?:start|channel|message|return|call)\|>/;
const SECTIONS = /^#{2,4} ?(?:instruction|input|response|output|human|assistant|user|system)s?:?[ \t]*$/im;
const ROLES = /^(?:human|user|assistant|system|gpt|bot|ai): /im;
const UNFILLED = /\{\{ ?[a-z_][a-z0-9_.]{0,40} ?\}\}|\{%-? ?(?:if|for|set|endif|endfor) /i;

/** Whether a marker of a chat template, a role at the start of two or more lines, or an unfilled placeholder is left. */
export function hasTemplateLeftover(prose: string): boolean {
  if (MARKERS.test(prose)) return true;
  if (prose.includes("#") && SECTIONS.test(prose)) return true;
  if (prose.includes("{") && UNFILLED.test(withoutInlineCode(prose))) return true;
  const role = ROLES.exec(prose);
  return role !== null && ROLES.test(prose.slice(role.index + role[0].length));
}

const TAGS =
  /<(?:!doctype html|html|head|body|script|style|div|span|iframe|nav|footer|meta|link|table|tbody|td|tr|ul|li|p|br ?\/?|a href=|font)\b[^<>\n]{0,200}>/gi;
const STRONG = /<(?:!doctype html|script|iframe|div|nav|footer|meta)\b/i;
const STANDING = [
  /skip to (?:main )?content/i,
  /all rights reserved/i,
  /(?:accept|use of|uses?) (?:all )?cookies/i,
  /(?:enable|requires?) javascript/i,
  /subscribe to (?:our|the) newsletter/i,
  /(?:terms of (?:use|service)|privacy policy) ?[|·•]/i,
  /click here to (?:subscribe|continue|read|sign|log)/i,
  /share (?:this )?on (?:facebook|twitter|linkedin)/i,
  /(?:previous|next) (?:post|article|page) ?[|»«→←]/i,
  /&(?:nbsp|amp|lt|gt|quot|#\d{2,5});/i,
];

/** Whether markup of a page (a strong tag, or five tags) or two of a page's standing texts are left. */
export function hasHtmlBoilerplate(prose: string): boolean {
  if (prose.includes("<")) {
    if (STRONG.test(prose)) return true;
    let tags = 0;
    for (const _ of prose.matchAll(TAGS)) if (++tags >= 5) return true;
  }
  return STANDING.filter((text) => text.test(prose)).length >= 2;
}
