/** An array in PostgreSQL's text form: elements are text or, in more than one dimension, arrays. */
export type ArrayElements = readonly (string | null | ArrayElements)[];

/**
 * Reads `{1,2}`, `{{a,b},{c,NULL}}`, `{"with \"quotes\"","NULL"}` and `[0:1]={1,2}` (the bounds are left out:
 * JSON's arrays have none). Null for text that is not such an array.
 *
 * @param delimiter between elements: a comma for every type but box
 */
export function parseArrayText(text: string, delimiter: ',' | ';'): ArrayElements | null {
  let at = /^(?:\[-?\d+:-?\d+\])+=/.exec(text)?.[0].length ?? 0;
  // An element that is not quoted has none of these characters.
  const bare = new RegExp(`[^{}"\\\\${delimiter}]+`, 'y');
  const quoted = /"([^"\\]*(?:\\.[^"\\]*)*)"/sy;

  function element(): string | null | ArrayElements | undefined {
    if (text[at] === '{') return array();
    const pattern = text[at] === '"' ? quoted : bare;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    if (match[1] !== undefined) return match[1].replace(/\\(.)/gs, '$1');
    return match[0] === 'NULL' ? null : match[0];
  }

  function array(): ArrayElements | undefined {
    if (text[at++] !== '{') return undefined;
    const elements: (string | null | ArrayElements)[] = [];
    if (text[at] === '}') {
      at++;
      return elements;
    }
    for (;;) {
      const next = element();
      if (next === undefined) return undefined;
      elements.push(next);
      const end = text[at++];
      if (end === '}') return elements;
      if (end !== delimiter) return undefined;
    }
  }

  const elements = array();
  return elements !== undefined && at === text.length ? elements : null;
}
