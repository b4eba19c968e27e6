import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  csv,
  dedupe,
  derive,
  expect as expectRule,
  filter,
  fn,
  from,
  int64,
  lookup,
  select,
  sql,
  table,
  text,
  union,
} from '../../packages/etl/src/index.ts'
import { type Lake, openLake } from '../../packages/etl/src/lake/index.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

/** `SEED=…` repeats a run, `SEQUENCES=…` makes it longer or shorter. */
const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31))
const sequences = Number(process.env['SEQUENCES'] ?? 30)

interface Line {
  readonly k: number
  readonly v: number | null
  readonly r: number
  /** A line that the reader must reject. */
  readonly bad: boolean
}

type Happening =
  | { readonly kind: 'file'; readonly folder: 'a' | 'b'; readonly lines: readonly Line[] }
  | { readonly kind: 'changed file'; readonly which: number; readonly lines: readonly Line[] }
  | { readonly kind: 'dimension'; readonly names: readonly number[] }
  | { readonly kind: 'definition'; readonly of: number }
  | { readonly kind: 'maintenance'; readonly of: number; readonly keep: number }

/** Something happens, then a run of all tables or of some. */
interface Step {
  readonly happening: Happening
  /** How many of the tables, in dependency order, the run is given. */
  readonly tables: number
}

/** What the declarations and the delivered files are now. */
interface State {
  floor: number
  partitioned: boolean
  labelled: boolean
  files: number
}

const head = 'id,k,v,r'
const columns = { id: int64({ required: true }), k: text({ required: true }), v: int64({}), r: text({}) }

function declare(shop: Workshop, { floor, partitioned, labelled }: State) {
  const source = (folder: string) =>
    csv(join(shop.folder, `in/${folder}/*.csv`), { columns, onChangedFile: 'reload' })
  const a = table('s.a', { from: source('a') })
  const b = table('s.b', {
    from: from(source('b')).pipe(derive((c) => ({ v: fn.add(c.v, 1) }))),
    ...(partitioned ? { partition: ['r'] } : {}),
  })
  const dim = table('s.dim', {
    from: csv(join(shop.folder, 'in/dim/*.csv'), {
      columns: { k: text({ required: true }), name: int64({}) },
      onChangedFile: 'reload',
    }),
  })
  const kept = table('s.kept', {
    from: a.pipe(
      expectRule('v is known', (c) => fn.isNotNull(c.v)),
      filter((c) => fn.gt(c.v, floor)),
    ),
    partition: ['r'],
  })
  const both = table('s.both', { from: kept.pipe(union(b)) })
  const last = table('s.last', {
    from: both.pipe(dedupe({ by: ['k'], keep: 'last', order: ['v', 'id'] })),
    partition: ['r'],
  })
  const unique = table('s.unique', { from: a.pipe(select('k', 'v', 'r'), dedupe({ by: 'all' })) })
  const named = table('s.named', {
    from: both.pipe(
      lookup(dim, { on: ['k'] }),
      derive((c) => ({ [labelled ? 'label' : 'title']: c.name })),
    ),
  })
  const sums = table('s.sums', {
    query: sql`select k, count(*) as n, sum(v) as v from ${named} group by k`,
  })
  const top = table('s.top', {
    query: sql`select l.k, l.v, s.n from ${last} l join ${sums} s on l.k = s.k where s.n > 1`,
  })
  return [a, b, dim, kept, both, last, unique, named, sums, top] as const
}

const lineArb = fc.record<Line>({
  k: fc.integer({ min: 0, max: 4 }),
  v: fc.option(fc.integer({ min: -3, max: 12 }), { freq: 6 }),
  r: fc.integer({ min: 0, max: 2 }),
  bad: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
})
const linesArb = fc.array(lineArb, { maxLength: 6 })

const happeningArb: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      folder: fc.constantFrom('a' as const, 'b' as const),
      lines: linesArb,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('changed file' as const), which: fc.nat(9), lines: linesArb }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('dimension' as const),
      names: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('definition' as const), of: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('maintenance' as const),
      of: fc.nat(9),
      keep: fc.constantFrom(1, 2, 1000),
    }),
  },
)

const stepArb = fc.record<Step>({
  happening: happeningArb,
  tables: fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 9 })),
})

let nextId = 0
const textOf = (lines: readonly Line[]): readonly string[] => [
  head,
  ...lines.map(({ k, v, r, bad }) => `${bad ? 'bad' : ''}${nextId++},k${k},${v ?? ''},r${r}`),
]

async function happen(shop: Workshop, state: State, now: Happening): Promise<void> {
  switch (now.kind) {
    case 'file':
      await shop.deliver(`${now.folder}/${state.files++}.csv`, textOf(now.lines))
      return
    case 'changed file':
      // Files are numbered over both folders; a number that is new in `a` is a new file.
      await shop.deliver(`a/${now.which % Math.max(1, state.files)}.csv`, textOf(now.lines))
      return
    case 'dimension':
      await shop.deliver('dim/names.csv', ['k,name', ...now.names.map((name, k) => `k${k},${name}`)])
      return
    case 'definition':
      if (now.of === 0) state.floor = 5 - state.floor
      else if (now.of === 1) state.partitioned = !state.partitioned
      else state.labelled = !state.labelled
      return
    case 'maintenance': {
      const name = declare(shop, state)[now.of]?.name ?? ''
      if ((await shop.lake.load(name)) !== undefined) await shop.maintain(name, now.keep)
    }
  }
}

/** The rows of a table of the lake; of rejects what does not depend on when they were read. */
async function content(shop: Workshop, name: string, lake: Workshop['lake']): Promise<readonly string[]> {
  if ((await lake.load(name)) === undefined) return []
  const rows = await shop.rows(name, lake)
  if (!name.endsWith('$rejected')) return rows
  return rows.map((row) => {
    const [rule, , source, line, , original] = JSON.parse(row) as unknown[]
    return JSON.stringify([rule, source, line, original])
  })
}

const actions = new Map<string, number>()

/** Plays a history and compares its end; `through` may put a fault between the runs and the lake. */
async function play(steps: readonly Step[], through: (lake: Lake) => Lake = (lake) => lake): Promise<void> {
  await using shop = await openWorkshop()
  const lake = through(shop.lake)
  const state: State = { floor: 0, partitioned: false, labelled: false, files: 0 }
  await shop.deliver('dim/names.csv', ['k,name', 'k0,7', 'k1,8'])
  const bring = async (count: number): Promise<readonly string[]> => {
    const report = await shop.run(declare(shop, state).slice(0, count), { lake })
    expect(report.tables.map((t) => [t.table, t.error?.message]).filter(([, m]) => m !== undefined)).toEqual(
      [],
    )
    for (const t of report.tables) actions.set(t.action, (actions.get(t.action) ?? 0) + 1)
    return report.tables.map((t) => t.outcome)
  }
  await bring(10)
  for (const { happening, tables } of steps) {
    await happen(shop, state, happening)
    await bring(tables)
  }
  await bring(10)
  expect(await bring(10)).toEqual(Array(10).fill('unchanged'))
  const anew = join(shop.folder, 'anew')
  await using fresh = await openLake({ folder: anew })
  const tables = declare(shop, state)
  expect((await shop.run(tables, { lake: fresh, full: true })).outcome).toBe('done')
  for (const { name } of tables) {
    for (const each of [name, `${name}$rejected`])
      expect([each, await content(shop, each, shop.lake)]).toEqual([each, await content(shop, each, fresh)])
  }
}

const historyArb = fc.array(stepArb, { minLength: 3, maxLength: 6 })

test(`${sequences} random histories end as a full build does (SEED=${seed})`, async () => {
  console.info(`SEED=${seed}`)
  await fc.assert(
    fc.asyncProperty(historyArb, (steps) => play(steps)),
    { seed, numRuns: sequences, endOnFailure: true },
  )
  // The histories must have gone every way, or they prove nothing.
  console.info(`actions: ${[...actions].map(([action, n]) => `${n} ${action}`).join(', ')}`)
  if (sequences < 20) return
  for (const action of ['none', 'append', 'merge', 'full'])
    expect([action, (actions.get(action) ?? 0) > sequences / 2]).toEqual([action, true])
}, 1_200_000)

/** A lake that takes every change of a table for an append. */
const forgetful = (lake: Lake): Lake => ({
  ...lake,
  load: async (name) => {
    const table = await lake.load(name)
    return table && { ...table, appendedSince: async (from) => (await table.appendedSince(from)) ?? [] }
  },
})

test('the same histories find a planted fault: rewritten rows that are not read again', async () => {
  const found = await fc.check(
    fc.asyncProperty(historyArb, (steps) => play(steps, forgetful)),
    { seed, numRuns: 60, endOnFailure: true },
  )
  expect([found.failed, found.numRuns > 0]).toEqual([true, true])
  expect(String(found.errorInstance)).toContain('AssertionError')
})
