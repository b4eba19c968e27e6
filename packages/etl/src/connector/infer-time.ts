/** What the texts of a column say about dates, times or timestamps. */
export type TimeGuess =
  | { readonly kind: 'date' | 'time' | 'timestamp'; readonly formats: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly example: string; readonly formats: readonly string[] }

const patterns: Readonly<Record<string, string>> = {
  yyyy: '\\d{4}',
  MMM: '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)',
  MM: '(?:0[1-9]|1[0-2])',
  M: '(?:0?[1-9]|1[0-2])',
  dd: '(?:0[1-9]|[12]\\d|3[01])',
  d: '(?:0?[1-9]|[12]\\d|3[01])',
  HH: '(?:[01]\\d|2[0-3])',
  H: '(?:1\\d|2[0-3]|0?\\d)',
  mm: '[0-5]\\d',
  ss: '[0-5]\\d',
  SSSSSS: '\\d{6}',
  SSS: '\\d{3}',
  XXX: '(?:Z|[+-]\\d\\d:\\d\\d)',
}

function matcher(format: string): RegExp {
  const source = format.replaceAll(
    /'([^']*)'|yyyy|MMM|MM|M|dd|d|HH|H|mm|ss|SSSSSS|SSS|XXX|[^A-Za-z]/g,
    (part, quoted) =>
      typeof quoted === 'string' ? quoted : (patterns[part] ?? `\\x${part.charCodeAt(0).toString(16)}`),
  )
  // Names of months, `T` and `Z` are read in any case; matching without regard to case is slower.
  return new RegExp(`^${source}$`, /MMM|XXX|'/.test(format) ? 'i' : '')
}

/** What the texts of a layout can look like as marks, see `marksOf`. */
function marksIn(format: string): readonly string[] {
  const padded = format
    .replaceAll(/'[^']*'/g, (quoted) => 'a'.repeat(quoted.length - 2))
    .replaceAll('MMM', 'aaa')
    .replaceAll(/yyyy|MM|dd|HH|mm|ss|SSSSSS|SSS/g, (token) => '0'.repeat(token.length))
  const either = (forms: readonly string[], token: string, marks: readonly string[]): readonly string[] =>
    forms.flatMap((f) => (f.includes(token) ? marks.map((m) => f.replace(token, m)) : [f]))
  const zoned = either([padded], 'XXX', ['a', '+00:00', '-00:00'])
  return ['d', 'M', 'H'].reduce((forms, token) => either(forms, token, ['0', '00']), zoned)
}

// Padded layouts come first: a column that they fit entirely never proposes the looser ones.
const dates = [
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'dd.MM.yyyy',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd-MM-yyyy',
  'MM-dd-yyyy',
  'dd-MMM-yyyy',
  'dd MMM yyyy',
  'd.M.yyyy',
  'd/M/yyyy',
  'M/d/yyyy',
  'd MMM yyyy',
]
const clocks = ['HH:mm', 'HH:mm:ss', 'HH:mm:ss.SSS', 'HH:mm:ss.SSSSSS', 'H:mm', 'H:mm:ss']
const zoned = ['HH:mm:ssXXX', 'HH:mm:ss.SSSXXX', 'HH:mm:ss.SSSSSSXXX']

const timestamps = [
  ...dates.flatMap((d) => clocks.map((c) => `${d} ${c}`)),
  ...[...clocks, ...zoned].map((c) => `yyyy-MM-dd'T'${c}`),
  ...zoned.map((c) => `yyyy-MM-dd ${c}`),
]

const kinds = [
  { kind: 'date', formats: dates },
  { kind: 'timestamp', formats: timestamps },
  { kind: 'time', formats: clocks },
] as const

const known: ReadonlySet<string> = new Set([...dates, ...clocks, ...timestamps])

/** Compiles a layout when it is first asked for: most are never. */
function lazily(compile: (format: string) => RegExp): (format: string) => RegExp {
  const compiled = new Map<string, RegExp>()
  return (format) => {
    const found = compiled.get(format) ?? compile(format)
    compiled.set(format, found)
    return found
  }
}
const matcherOf = lazily(matcher)
const fits = (format: string, value: string): boolean => matcherOf(format).test(value)

/** A text with every digit as 0 and every letter as a. */
const marksOf = (value: string): string => value.replaceAll(/\d/g, '0').replaceAll(/[a-z]/gi, 'a')

let formatsByMarks: ReadonlyMap<string, ReadonlySet<string>> | undefined

/** Those of the layouts that a text can have by its marks alone. */
function likely(value: string, formats: readonly string[]): readonly string[] {
  formatsByMarks ??= new Map(
    [
      ...Map.groupBy(
        [...known].flatMap((format) => marksIn(format).map((marks) => ({ marks, format }))),
        (e) => e.marks,
      ),
    ].map(([marks, entries]) => [marks, new Set(entries.map((e) => e.format))]),
  )
  const found = formatsByMarks.get(marksOf(value))
  return found === undefined ? [] : formats.filter((f) => found.has(f))
}

/** How many of the texts each layout reads. One text of each form decides which layouts are tried on the others. */
function readings(values: readonly string[], formats: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const group of Map.groupBy(values, marksOf).values()) {
    for (const format of likely(group[0] ?? '', formats)) {
      const n = group.filter((v) => fits(format, v)).length
      counts.set(format, (counts.get(format) ?? 0) + n)
    }
  }
  return counts
}

/** The same layout with day and month exchanged, where both are read from digits between equal separators. */
function exchanged(format: string): string {
  const swapped = format
    .replace(/^(d{1,2})([/-])(M{1,2})\2/, '$3$2$1$2')
    .replace(/^(M{1,2})([/-])(d{1,2})\2/, (all, m: string, s: string, d: string) =>
      format.startsWith('d') ? all : `${d}${s}${m}${s}`,
    )
  return known.has(swapped) ? swapped : format
}

/**
 * Finds the layouts that read every one of the texts, fewest first by use. Layouts that differ only in the order of day
 * and month are told apart by texts that only one of them reads; if there are none, the answer is `ambiguous`.
 * Undefined when some text is no date or time at all.
 */
export function guessTime(values: readonly string[]): TimeGuess | undefined {
  const [first] = values
  if (first === undefined || !/^\d|^[0-3]?\d/.test(first)) return undefined
  for (const { kind, formats } of kinds) {
    const isLikely = (v: string): boolean => likely(v, formats).some((f) => fits(f, v))
    if (!isLikely(first)) continue
    // Mostly a text that is no time comes early; all the others need not be looked at then.
    if (!values.slice(0, 100).every(isLikely)) return undefined
    const chosen: string[] = []
    let left = values
    while (left.length > 0) {
      const counts = readings(left, formats)
      const best = formats.map((f) => ({ f, n: counts.get(f) ?? 0 })).reduce((a, b) => (b.n > a.n ? b : a))
      if (best.n === 0) return undefined
      const other = exchanged(best.f)
      if (other !== best.f) {
        const both = left.every((v) => !fits(best.f, v) || fits(other, v))
        if (both || chosen.includes(other)) {
          return {
            kind: 'ambiguous',
            example: left.find((v) => fits(best.f, v)) ?? first,
            formats: [best.f, other],
          }
        }
      }
      chosen.push(best.f)
      left = left.filter((v) => !fits(best.f, v))
    }
    return { kind, formats: chosen }
  }
  return undefined
}
