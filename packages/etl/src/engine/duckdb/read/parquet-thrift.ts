/** The most values that a footer may hold; a column chunk has about 30. */
const maxValues = 4_000_000
const maxDepth = 64

/** Types of Thrift's compact protocol, by the code of an element. */
const code = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const

/**
 * Walks a struct of Thrift's compact protocol without keeping anything of it, and says in a sentence why it should not be
 * parsed: it is cut off, no Thrift, or would not fit in memory. Undefined when it may be. Bytes that follow the struct do
 * not count. Source: Apache Thrift compact protocol, "Thrift Compact protocol encoding".
 */
export function thriftProblem(bytes: Buffer): string | undefined {
  let at = 0
  let values = 0
  const varint = (): number => {
    let result = 0
    let scale = 1
    for (; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0
      result += (byte & 127) * scale
      if (byte < 128 || scale > 2 ** 63) break
    }
    return result
  }
  /** Open lists by the elements that are left of them, and structs as -1; beside them the types of list elements. */
  const open = [-1]
  const types: number[] = [0]
  const value = (type: number, isElement: boolean): boolean => {
    values += 1
    if (type === code.true || type === code.false) at += isElement ? 1 : 0
    else if (type === code.byte) at += 1
    else if (type >= code.i16 && type <= code.i64) varint()
    else if (type === code.double) at += 8
    else if (type === code.binary) {
      const length = varint()
      at += length
    } else if (type === code.list || type === code.set) {
      const head = bytes[at++] ?? 0
      open.push(head >> 4 === 15 ? varint() : head >> 4)
      types.push(head & 15)
    } else if (type === code.struct) {
      open.push(-1)
      types.push(0)
    } else return false
    return true
  }
  while (open.length > 0) {
    if (at >= bytes.length) return 'it is cut off'
    if (open.length > maxDepth) return `it nests deeper than ${maxDepth} levels`
    if (values > maxValues) return `it holds more than ${maxValues} values`
    const top = open.length - 1
    const left = open[top] ?? 0
    if (left === 0) {
      open.pop()
      types.pop()
      continue
    }
    let type = types[top] ?? 0
    if (left > 0) open[top] = left - 1
    else {
      const head = bytes[at++] ?? 0
      type = head & 15
      if (type === code.stop) {
        open.pop()
        types.pop()
        continue
      }
      if (head >> 4 === 0) varint()
    }
    if (!value(type, left > 0)) return `it has a value of the unknown type ${type}`
  }
  return undefined
}
