import { derive, fn, limit, over, sessionize, sort, window } from '../../packages/etl/src/index.ts'
import { type MemoryCase, overIds } from './case.ts'
import { wide } from './input.ts'

/** Sorts, windows and sessions. */
export const orderCases: readonly MemoryCase[] = [
  {
    name: 'sort of wide rows',
    plan: () => wide.pipe(sort('id')),
    found: `count(*), sum(id), sum(length(pad))`,
    expected: (rows) => overIds('count(*), sum(id), 192 * count(*)', rows),
  },
  {
    name: 'sort of wide rows by wide text',
    plan: () => wide.pipe(sort('pad')),
    found: `count(*), sum(id), sum(length(pad))`,
    expected: (rows) => overIds('count(*), sum(id), 192 * count(*)', rows),
  },
  {
    name: 'first thousand of a sort',
    plan: () => wide.pipe(limit(1000, { by: ['id'] })),
    found: `count(*), sum(id)`,
    expected: () => overIds('count(*), sum(id)', 1000),
  },
  {
    name: 'first half of a sort',
    telling: true,
    plan: (rows) => wide.pipe(limit(Math.floor(rows / 2), { by: ['id'] })),
    found: `count(*), sum(id), sum(length(pad))`,
    expected: (rows) => overIds('count(*), sum(id), 192 * count(*)', Math.floor(rows / 2)),
  },
  {
    name: 'window over four huge partitions',
    telling: true,
    plan: () =>
      wide.pipe(
        derive((c) => ({ part: fn.mod(c.id, 4) })),
        window((c) => ({ n: over(fn.rowNumber(), { partition: [c.part], order: [c.id] }) })),
      ),
    found: `count(*), sum(length(pad)), count(*) FILTER (n <> id // 4 + 1)`,
    expected: (rows) => overIds('count(*), 192 * count(*), 0', rows),
  },
  {
    name: 'window over many small partitions',
    plan: () =>
      wide.pipe(window((c) => ({ n: over(fn.rowNumber(), { partition: [c.grp], order: [c.id] }) }))),
    found: `count(*), sum(length(pad)), count(*) FILTER (n <> id % 8 + 1)`,
    expected: (rows) => overIds('count(*), 192 * count(*), 0', rows),
  },
  {
    name: 'running total over all rows',
    plan: () =>
      wide.pipe(
        window((c) => ({
          n: over(fn.sum(fn.toInt64(fn.mod(c.id, 2))), { order: [c.id], frame: { from: null, to: 0 } }),
        })),
      ),
    found: `count(*), sum(length(pad)), count(*) FILTER (n <> (id + 1) // 2)`,
    expected: (rows) => overIds('count(*), 192 * count(*), 0', rows),
  },
  {
    name: 'sessions of many visitors',
    plan: () => wide.pipe(sessionize({ by: ['grp'], at: 'at', gap: { minutes: 30 } })),
    found: `count(*), sum(length(pad)), max(session_number), count(*) FILTER (epoch(session_start) <> id // 8 * 8)`,
    expected: (rows) => overIds('count(*), 192 * count(*), 1, 0', rows),
  },
]
