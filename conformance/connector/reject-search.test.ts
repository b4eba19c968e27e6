import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessLog } from '../../packages/etl/src/connector/access-log.ts'
import { int64, text } from '../../packages/etl/src/connector/column.ts'
import type { FilesSource } from '../../packages/etl/src/connector/contract.ts'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { ndjson } from '../../packages/etl/src/connector/json.ts'
import { openFiles } from '../../packages/etl/src/engine/duckdb/read/index.ts'
import { type OpenSource, readSource } from './read-source.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`seed ${seed} (SEED=${seed} repeats it)`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reject-search-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A line as it stands in a file, and whether it is a row, a reject or no record. */
type Line = readonly [text: string, outcome: 'row' | 'reject' | 'none']

const jsonLines: readonly Line[] = [
  ['{"id":1,"t":"a"}', 'row'],
  ['  {"id":2,"t":"é"}\t', 'row'],
  ['{"id":3,"t":null,"more":[{}]}', 'row'],
  ['{"id":"x","t":"a"}', 'reject'],
  ['  {"id":"x","t":"a"} ', 'reject'],
  ['{"id":"é😀","t":"a"}', 'reject'],
  ['{"id":1,"t":7}', 'reject'],
  ['{"id":1,"t":"a",}', 'reject'],
  ['{"t":"no id"}', 'reject'],
  ['{"id":1,"t":"cut o', 'reject'],
  ['{"id":1}{"id":2}', 'reject'],
  ['{"id":1 "t":"a"}', 'reject'],
  ['[{"id":1}]', 'reject'],
  ['}', 'reject'],
  ['', 'none'],
  [' \t', 'none'],
]

const csvLines: readonly Line[] = [
  ['1,x,a', 'row'],
  ['"2","x","a,b"', 'row'],
  ['3,"say ""hi""",', 'row'],
  ['4,x,a,,', 'row'],
  ['x,x,a', 'reject'],
  ['"x",x,"a"', 'reject'],
  ['"a,b",x,"c""d"', 'reject'],
  ['"say ""é""",,', 'reject'],
  ['1.5,x,a,,', 'reject'],
  [',x,a', 'reject'],
  ['1,x', 'reject'],
  ['1,x,a,b', 'reject'],
  ['1', 'reject'],
  ['', 'none'],
]

const moment = '[29/Feb/2024:23:59:59 +0530]'
const logLines: readonly Line[] = [
  [`1.2.3.4 - - ${moment} "GET / HTTP/1.1" 200 5`, 'row'],
  [`1.2.3.4 - two words ${moment} "GET /a b HTTP/1.1" 200 -`, 'row'],
  [`1.2.3.4 - - ${moment} "-" 408 -  `, 'row'],
  [`1.2.3.4 - - ${moment} "a \\" b" 007 5`, 'row'],
  [`1.2.3.4 - - ${moment} "GET / HTTP/1.1" 2000 5`, 'reject'],
  [`1.2.3.4 - - [30/Feb/2024:23:59:59 +0000] "GET / HTTP/1.1" 200 5`, 'reject'],
  [`1.2.3.4 - - [29/Fev/2024:23:59:59 +0000] "GET / HTTP/1.1" 200 5`, 'reject'],
  [`1.2.3.4 - - ${moment} "GET / HTTP/1.1" 200 -5`, 'reject'],
  [`1.2.3.4\t- - ${moment} "GET / HTTP/1.1" 200 5`, 'reject'],
  [`1.2.3.4  - ${moment} "GET / HTTP/1.1" 200 5`, 'reject'],
  ['', 'reject'],
  ['?', 'reject'],
]

const sources: readonly (readonly [string, readonly Line[], (pattern: string) => FilesSource, string])[] = [
  ['JSON', jsonLines, (p) => ndjson(p, { columns: { id: int64({ required: true }), t: text() } }), ''],
  ['CSV', csvLines, (p) => csv(p, { columns: { id: int64({ required: true }), c: text() } }), 'id,b,c\n'],
  ['access log', logLines, (p) => accessLog(p, { layout: 'common' }), ''],
]

/** The rejects that a file must have: line, offset and original text. */
function expected(head: string, lines: readonly Line[]): readonly (readonly unknown[])[] {
  let offset = Buffer.byteLength(head)
  return lines.flatMap(([line, outcome], i) => {
    const at = offset
    offset += Buffer.byteLength(line) + 1
    return outcome === 'reject' ? [[i + (head === '' ? 1 : 2), at, line]] : []
  })
}

/** Reads as a run does in which later steps refused rows: the statement runs a second time. */
const openTwice: OpenSource = async (scan, context) => {
  const opened = await openFiles(scan, context)
  await context.connection.run(`SELECT count(*) FROM (${opened.select})`)
  return opened
}

let files = 0

async function check(
  [, , declare, head]: (typeof sources)[number],
  contents: readonly (readonly Line[])[],
  open: OpenSource,
): Promise<void> {
  const paths = contents.map((_, i) => path.join(folder, `${++files}.${i % 2 === 0 ? 'txt' : 'gz'}`))
  for (const [i, lines] of contents.entries()) {
    const bytes = head + lines.map(([line]) => `${line}\n`).join('')
    await writeFile(paths[i] ?? '', i % 2 === 0 ? bytes : gzipSync(bytes))
  }
  const seen = await readSource(declare(path.join(folder, '*')), paths, open)
  for (const [i, lines] of contents.entries()) {
    const found = seen.rejects.filter((r) => r.source === paths[i]).map((r) => [r.line, r.offset, r.original])
    const wanted = expected(head, lines)
    expect(found.filter((r, n) => JSON.stringify(r) !== JSON.stringify(wanted[n])).slice(0, 3)).toEqual([])
    expect(found).toHaveLength(wanted.length)
  }
  const rows = contents.flat().filter(([, outcome]) => outcome === 'row').length
  expect(seen.rows).toHaveLength(rows)
  await Promise.all(paths.map((p) => rm(p)))
}

test.each(sources)('%s: every reject is found where it stands', async (...source) => {
  const lines = fc.array(fc.constantFrom(...source[1]), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 3 }), fc.boolean(), (contents, twice) =>
      check(source, contents, twice ? openTwice : openFiles),
    ),
    { seed, numRuns: 40 },
  )
})

test.each(sources)('%s: more distinct rejects than memory is given for', async (...source) => {
  const [, lines] = source
  const bad = lines.find(([line, outcome]) => outcome === 'reject' && /x|-5/.test(line))
  const many = Array.from({ length: 60_000 }, (_, i): Line => {
    if (i % 7 === 0) return lines[0] ?? ['', 'none']
    return [(bad?.[0] ?? '').replace(/x|-5/, (found) => `${found}${i}`), 'reject']
  })
  await check(source, [many], openFiles)
})
