/** Types of columns in a binary log, as of `enum_field_types` of MySQL and MariaDB. */
export const columnTypes = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  timestampOld: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  timeOld: 11,
  datetimeOld: 12,
  year: 13,
  varchar: 15,
  bit: 16,
  timestamp: 17,
  datetime: 18,
  time: 19,
  blobCompressed: 140,
  varcharCompressed: 141,
  vector: 242,
  json: 245,
  decimal: 246,
  enum: 247,
  set: 248,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const

const t = columnTypes

/** Where a value's bytes lie: behind a length of `prefix` bytes, or `size` bytes at once. */
export interface ValueLayout {
  readonly prefix: number
  readonly size: number
}

const fixed: Readonly<Record<number, number>> = {
  [t.tiny]: 1,
  [t.short]: 2,
  [t.int24]: 3,
  [t.long]: 4,
  [t.longlong]: 8,
  [t.float]: 4,
  [t.double]: 8,
  [t.year]: 1,
  [t.date]: 3,
  [t.timestampOld]: 4,
  [t.timeOld]: 3,
  [t.datetimeOld]: 8,
}

/** How many bytes of a table map describe a column of a type further. */
export function metadataBytes(type: number): number {
  if ([t.float, t.double, t.blob, t.json, t.geometry, t.vector, t.blobCompressed].some((x) => x === type))
    return 1
  if ([t.timestamp, t.datetime, t.time].some((x) => x === type)) return 1
  const two = [t.varchar, t.bit, t.decimal, t.enum, t.set, t.string, t.varString, t.varcharCompressed]
  return two.some((x) => x === type) ? 2 : 0
}

const partBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]

/** Bytes of so many decimal digits in packed form. */
export const digitBytes = (digits: number): number =>
  Math.floor(digits / 9) * 4 + (partBytes[digits % 9] ?? 0)

/** Where the bytes of values of a type lie; undefined for a type that is not known. */
export function layoutOf(type: number, meta: number): ValueLayout | undefined {
  const size = fixed[type]
  if (size !== undefined) return { prefix: 0, size }
  switch (type) {
    case t.varchar:
    case t.varString:
    case t.string:
    case t.varcharCompressed:
      return { prefix: meta > 255 ? 2 : 1, size: 0 }
    case t.blob:
    case t.json:
    case t.geometry:
    case t.vector:
    case t.blobCompressed:
      return { prefix: meta, size: 0 }
    case t.bit:
      return { prefix: 0, size: (meta >> 8) + ((meta & 0xff) > 0 ? 1 : 0) }
    case t.enum:
    case t.set:
      return { prefix: 0, size: meta }
    case t.decimal: {
      const [precision, scale] = [meta & 0xff, meta >> 8]
      return { prefix: 0, size: digitBytes(precision - scale) + digitBytes(scale) }
    }
    case t.timestamp:
      return { prefix: 0, size: 4 + Math.ceil(meta / 2) }
    case t.datetime:
      return { prefix: 0, size: 5 + Math.ceil(meta / 2) }
    case t.time:
      return { prefix: 0, size: 3 + Math.ceil(meta / 2) }
    default:
      return undefined
  }
}
