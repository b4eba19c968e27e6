import { writeFileSync } from 'node:fs'
import { ownCases } from './all-cases.ts'
import { goldenFile } from './golden.ts'
import { openDuckdbPlans } from './plan-peer.ts'

// Writes the rows that DuckDB gives for cases without written ones; look the difference through before it is committed.
await using duckdb = await openDuckdbPlans()
const lines: string[] = []
for (const one of ownCases) {
  const { rows, fails, rejected, unprinted } = one
  if (rows !== undefined || fails === true || rejected !== undefined || unprinted !== undefined) continue
  const node = await one.plan()
  if (!('kind' in node)) throw new Error(`${one.name}: ${JSON.stringify(node)}`)
  const [outcome] = await duckdb.run([{ plan: node, tables: one.tables }])
  if (outcome === undefined || !('rows' in outcome)) throw new Error(`${one.name}: ${outcome?.error}`)
  const shown = outcome.rows.map((row) => `    ${JSON.stringify(row)}`).toSorted()
  lines.push(`  ${JSON.stringify(one.name)}: [\n${shown.join(',\n')}\n  ]`)
}
writeFileSync(goldenFile, `{\n${lines.join(',\n')}\n}\n`)
console.log(`${lines.length} golden results`)
