// Text in HTML.

/** Text for an element or a quoted attribute; control characters are replaced. */
export function html(text: string): string {
  return text
    .replaceAll(/(?![\t\n])\p{Control}|\p{Surrogate}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
