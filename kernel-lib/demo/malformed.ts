/** Lines that are not a JSON object, each made from the row that would have stood there. */

/** The line of a malformed form, without its line feed; bytes where it is no valid UTF-8. */
export function malformedLine(form: string, json: string): string | Buffer {
  switch (form) {
    case "array":
      return `[${json}]`;
    case "truncated":
      return json.slice(0, Math.floor(json.length * 0.6));
    case "trailing_comma":
      return `${json.slice(0, -1)},}`;
    case "nan":
      return `{"score": NaN, ${json.slice(1)}`;
    case "two_objects":
      return `${json} ${json}`;
    case "blank":
      return "";
    case "single_quotes":
      return json.replaceAll('"', "'");
    case "invalid_utf8":
      return Buffer.concat([
        Buffer.from('{"mark": "'),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from(`", ${json.slice(1)}`),
      ]);
    default:
      throw new RangeError(`demo: no malformed form "${form}"`);
  }
}
