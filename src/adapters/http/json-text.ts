// The JSON of a body that came over HTTP. Knows nothing of what it says.

/** The parsed text, a byte order mark before it skipped (some gateways put one there). Undefined: it is no JSON. */
export function parseJsonText(body: string): unknown {
  try {
    return JSON.parse(body.startsWith('\u{FEFF}') ? body.slice(1) : body)
  } catch {
    // HTML, nothing, or half a JSON: whoever asks knows what that means.
    return undefined
  }
}

/** Whether it is a JSON object, which an array and null are not. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
