import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../packages/etl/src/base/errors.ts'
import { csv, dedupe, int64, table, type TableDeclaration, text } from '../../packages/etl/src/index.ts'
import type { S3Options } from '../../packages/etl/src/store/s3/options.ts'
import type { RunEvent } from '../../packages/etl/src/run/report.ts'
import type { Workshop } from '../run/workshop.ts'

const columns = { id: int64(), name: text() } as const
const raw = table('raw.orders', { from: csv('in/**/*.csv', { columns }) })
const orders = table('sales.orders', {
  from: raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['name'] })),
})
const big = table('raw.big', { from: csv('big/*.csv', { columns }) })

/** What a project's process does with its lake. */
export type Act = 'run' | 'run-big' | 'maintain'

const declared: Readonly<Record<Act, readonly TableDeclaration[]>> = {
  run: [raw, orders],
  'run-big': [big],
  maintain: [raw, orders],
}

/** Rows of every table by its name, each `id,name` or the rejected line, sorted; a table that is not there is left out. */
export type Contents = Readonly<Record<string, readonly string[]>>

/** Folders so deep that the positions of twenty files outgrow the room in a snapshot's summary and stand in an object. */
const deep = path.join(...Array.from({ length: 14 }, () => 'a-name-that-takes-its-room-'.repeat(9)))

const deliveries: readonly (readonly [name: string, ...lines: string[]][])[] = [
  [
    ['01.csv', '1,a', '2,b', 'x,1'],
    ...Array.from({ length: 20 }, (_, i) => [`1${i + 10}.csv`, `${i + 100},r`] as [string, ...string[]]),
  ],
  [['200.csv', '2,c', '3,d', 'y,2']],
  [['300.csv', '3,e', '4,f', 'z,3']],
]

/** What the tables hold when so many deliveries were taken. */
export function contentsAfter(count: number): Contents {
  if (count === 0) return {}
  const lines = deliveries.slice(0, count).flatMap((files) => files.flatMap(([, ...rows]) => rows))
  const rows = lines.filter((line) => /^\d/.test(line))
  const latest = new Map(rows.toSorted().map((row) => [row.split(',', 1)[0], row]))
  return {
    'raw.orders': rows.toSorted(),
    'raw.orders$rejected': lines.filter((line) => !/^\d/.test(line)).toSorted(),
    'sales.orders': [...latest.values()].toSorted(),
  }
}

/** Writes the files of the nth delivery, from 1 on, below a project's folder. */
export async function deliverTo(folder: string, nth: number): Promise<void> {
  const below = path.join(folder, 'in', deep)
  await mkdir(below, { recursive: true })
  for (const [name, ...lines] of deliveries[nth - 1] ?? [])
    await writeFile(path.join(below, name), `${['id,name', ...lines].join('\n')}\n`)
}

/** Writes a file whose rows fill a data file of two parts; returns what its table will hold. */
export async function deliverBig(folder: string): Promise<Contents> {
  const rows = Array.from({ length: 40 }, (_, i) => `${i + 10},${randomBytes(320_000).toString('base64url')}`)
  await mkdir(path.join(folder, 'big'), { recursive: true })
  await writeFile(path.join(folder, 'big', '1.csv'), `${['id,name', ...rows].join('\n')}\n`)
  return { 'raw.big': rows }
}

/** How an act ended: what became of each table, codes of errors, and whether something was tried again as a whole. */
export interface Ended {
  readonly outcomes: readonly string[]
  readonly codes: readonly string[]
  readonly retried: readonly string[]
}

export interface Place {
  readonly workshop: Workshop
  readonly projectFolder: string
  readonly s3?: S3Options
}

/** Does an act; failures of tables and of maintenance are told, not thrown. */
export async function perform(act: Act, { workshop, projectFolder, s3 }: Place): Promise<Ended> {
  if (act === 'maintain') return maintainAll(workshop)
  const retried: string[] = []
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'retrying') retried.push(`${event.table}: ${event.error.message}`)
  }
  const report = await workshop.run(declared[act], {
    projectFolder,
    onEvent,
    ...(s3 === undefined ? {} : { s3 }),
  })
  return {
    outcomes: report.tables.map((t) => t.outcome),
    codes: report.tables.flatMap((t) => (t.error === undefined ? [] : [t.error.code])),
    retried,
  }
}

/** Maintenance that keeps one snapshot and not the youngest orphan. Rejects are to it a table like any other. */
async function maintainAll(workshop: Workshop): Promise<Ended> {
  const [outcomes, codes]: [string[], string[]] = [[], []]
  for (const { name } of declared.maintain) {
    try {
      await workshop.maintain(name, 1, -60_000)
      outcomes.push('maintained')
    } catch (error) {
      outcomes.push('failed')
      codes.push(error instanceof EtlError ? error.code : String(error))
    }
  }
  return { outcomes, codes, retried: [] }
}
