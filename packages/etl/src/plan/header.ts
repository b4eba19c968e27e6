/**
 * Gives every header of a delimited file a name that a declaration can use: repeated ones become `name_1`, `name_2`,
 * empty ones `column_<position>`; all others are themselves.
 */
export function headerNames(headers: readonly string[]): readonly string[] {
  const times = new Map<string, number>()
  for (const h of headers) times.set(h, (times.get(h) ?? 0) + 1)
  const seen = new Map<string, number>()
  return headers.map((h, index) => {
    if (h.trim() === '') return `column_${index + 1}`
    if (times.get(h) === 1) return h
    seen.set(h, (seen.get(h) ?? 0) + 1)
    return `${h}_${seen.get(h)}`
  })
}
