import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { generateDimensions, generateOrdersCsv } from '../packages/etl/dist/generate/index.js'
import { budgets } from './budgets.ts'
import { cases } from './cases.ts'
import type { Finding } from './finding.ts'
import { machine } from './measure.ts'

const cache = path.resolve(import.meta.dirname, '.cache')

async function prepare(rows: number): Promise<string> {
  const data = path.join(cache, `orders-${rows}`)
  if (existsSync(data)) return data
  console.error(`generating ${rows.toLocaleString('en-US')} rows …`)
  const draft = `${data}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await generateOrdersCsv({ path: path.join(draft, 'orders.csv'), rows, seed: 1 })
  await generateDimensions({ folder: draft, seed: 1 })
  await rename(draft, data)
  return data
}

/** Runs the benchmarks and prints each value beside its budget; the exit code is 1 when one is over. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '10500000' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  })
  const data = await prepare(Number(values.rows))
  const work = path.join(cache, 'work')
  await mkdir(work, { recursive: true })
  const findings: Finding[] = []
  for (const { name, run } of cases) {
    if (!name.includes(values.only)) continue
    console.error(`${name} …`)
    findings.push(...(await run({ data, work, rounds: Number(values.rounds) })))
  }
  await rm(work, { recursive: true, force: true })
  if (values.json)
    console.log(JSON.stringify({ machine: machine(), rows: Number(values.rows), findings }, null, 2))
  else {
    console.log(
      `${machine()}; ${Number(values.rows).toLocaleString('en-US')} rows; medians of ${values.rounds}`,
    )
    for (const f of findings) {
      const verdict = f.value <= budgets[f.budget] ? 'ok  ' : 'OVER'
      const shown = budgets[f.budget] >= 100 ? String(Math.round(f.value)) : f.value.toFixed(2)
      console.log(
        `${verdict} ${f.budget.padEnd(62)} ${shown.padStart(7)} <= ${budgets[f.budget]}   ${f.detail}`,
      )
    }
  }
  if (findings.length === 0) console.error('no case ran')
  return findings.length === 0 || findings.some((f) => f.value > budgets[f.budget]) ? 1 : 0
}

process.exitCode = await main()
