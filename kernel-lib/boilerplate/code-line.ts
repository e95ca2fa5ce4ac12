/** Lines that recur because a language is written so: code, markup, formulas, tables. */

const ENDS = /[;{}\\|]$|[\])]:?$|=>$|^\W*$/;
const BEGINS =
  /^(import|from|#\s*include|#\s*define|using|package|namespace|def|class|struct|enum|interface|function|func|fn|return|public|private|protected|static|const|let|var|val|async|await|export|extends|module|require|select|insert|update|delete|create|alter|elif|else|try|catch|except|finally|for|while|switch|case|if __name__|if \(|print|console|@\w|\$ |>>>|<[/!?a-z])(?=\W|$)|^<[/!?A-Za-z][^>]*>/;
const INSIDE = /==|!=|:=|&&|\|\||=>|->|::|\\[a-zA-Z]+|\w+\(\w*\)|\w=["'\d\w]|<\/\w+>|\{\{|\}\}/;
const COMMENT = /^(#|\/\/|\/?\*|--|;;|<!--|"""|''')\s/;
/** A member of a JSON object, also where the object stands amid prose or was cut off. */
const MEMBER = /^[{[]?\s*"(?:[^"\\]|\\.)*"\s*:/;
const INDENTED = /^( {4}|\t)/;

/**
 * Whether a line looks like code, markup, a formula or a row of a table, which recurs for other reasons than boilerplate
 * does. Comments (licence headers are some) and prose do not. A heuristic: it errs towards leaving lines alone.
 */
export function looksLikeCode(raw: string, plain: string): boolean {
  if (!/\p{L}/u.test(plain)) return true;
  if (COMMENT.test(plain)) return false;
  return (
    INDENTED.test(raw) ||
    MEMBER.test(plain) ||
    ENDS.test(plain.replace(/\([^()]*\)$/, "")) ||
    BEGINS.test(plain) ||
    INSIDE.test(plain)
  );
}
