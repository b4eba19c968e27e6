const [quote, backslash, letterU, comma, colon] = [34, 92, 117, 44, 58]
const [openList, closeList, openObject, closeObject] = [91, 93, 123, 125]
const [minus, zero, nine, point] = [45, 48, 57, 46]
const maxDepth = 64
const maxDigits = 64
/** What may follow a backslash, but for `u`. */
const escapes = new Set(Buffer.from('"\\/bfnrt'))
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word))

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine

function afterSpace(b: Uint8Array, at: number, to: number): number {
  while (at < to && (b[at] === 32 || b[at] === 10 || b[at] === 13 || b[at] === 9)) at++
  return at
}

function afterText(b: Uint8Array, at: number, to: number): number {
  for (let i = at + 1; i < to; i++) {
    const byte = b[i] ?? 0
    if (byte === quote) return i + 1
    if (byte < 32) return -1
    if (byte === backslash) {
      i++
      if (b[i] === letterU || !escapes.has(b[i] ?? 0)) return -1
    }
  }
  return -1
}

function afterNumber(b: Uint8Array, at: number, to: number): number {
  const first = b[at] === minus ? at + 1 : at
  let i = first
  while (i < to && isDigit(b[i])) i++
  if (i === first || (b[first] === zero && i > first + 1)) return -1
  if (i < to && b[i] === point) {
    const fraction = ++i
    while (i < to && isDigit(b[i])) i++
    if (i === fraction) return -1
  }
  const isExponent = i < to && (b[i] === 69 || b[i] === 101)
  return isExponent || i - first > maxDigits ? -1 : i
}

function afterWord(b: Uint8Array, at: number, to: number): number {
  for (const word of words)
    if (at + word.length <= to && word.every((byte, i) => b[at + i] === byte)) return at + word.length
  return -1
}

/** The members of an object, or the elements of a list, from behind the bracket on. */
function afterMembers(b: Uint8Array, start: number, to: number, depth: number): number {
  const isObject = b[start - 1] === openObject
  const close = isObject ? closeObject : closeList
  let at = afterSpace(b, start, to)
  if (b[at] === close && at < to) return at + 1
  while (at < to) {
    if (isObject) {
      if (b[at] !== quote) return -1
      at = afterText(b, at, to)
      if (at < 0) return -1
      at = afterSpace(b, at, to)
      if (at >= to || b[at] !== colon) return -1
      at = afterSpace(b, at + 1, to)
    }
    at = afterValue(b, at, to, depth)
    if (at < 0) return -1
    at = afterSpace(b, at, to)
    if (at >= to) return -1
    if (b[at] === close) return at + 1
    if (b[at] !== comma) return -1
    at = afterSpace(b, at + 1, to)
  }
  return -1
}

function afterValue(b: Uint8Array, at: number, to: number, depth: number): number {
  if (at >= to || depth > maxDepth) return -1
  const byte = b[at]
  if (byte === quote) return afterText(b, at, to)
  if (byte === openObject || byte === openList) return afterMembers(b, at + 1, to, depth + 1)
  return byte === minus || isDigit(byte) ? afterNumber(b, at, to) : afterWord(b, at, to)
}

/**
 * Whether a text is JSON beyond doubt: RFC 8259, at most 64 levels, and without what readers disagree on, such as `\u`
 * and exponents. Of other texts it says nothing. The bytes inside of strings are not looked at further.
 */
export function isPlainJson(bytes: Uint8Array, from: number, to: number): boolean {
  const end = afterValue(bytes, afterSpace(bytes, from, to), to, 0)
  return end >= 0 && afterSpace(bytes, end, to) === to
}
