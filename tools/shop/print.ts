import { styleText } from 'node:util'
import type { Difference } from '../../conformance/shop/compare-rows.ts'
import { number, seconds } from '../../packages/etl/src/cli/output.ts'
import { printTable } from '../../packages/etl/src/cli/print-table.ts'
import type { RunReport, TableReport } from '../../packages/etl/src/run/report.ts'
import { lakeOption, type Place, rootRelative } from './place.ts'

const styled = (style: 'bold' | 'green' | 'red' | 'dim', text: string): string =>
  styleText(style, text, { stream: process.stdout })

/** Prints a heading with an empty line above it. */
export function title(text: string): void {
  console.log(`\n${styled('bold', text)}`)
}

export const dim = (text: string): string => styled('dim', text)

function gone({ counts }: TableReport): string {
  const parts = [
    [counts?.rejected ?? 0, 'rejected'],
    [counts?.filtered ?? 0, 'filtered'],
    [counts?.deduplicated ?? 0, 'repeated'],
  ] as const
  return parts
    .filter(([n]) => n > 0)
    .map(([n, what]) => `${number(n)} ${what}`)
    .join(', ')
}

/** Prints what a run did: how long each table took, or that nothing was new. */
export function printRun(place: Place, report: RunReport): void {
  const ran = report.tables.filter((t) => t.outcome !== 'unchanged')
  const lake = rootRelative(place, place.lake)
  const total = report.tables.length
  if (ran.length === 0) {
    console.log(`Lake       ${lake}, nothing new: ${total} tables unchanged (${seconds(report.durationMs)})`)
    return
  }
  console.log(`Lake       ${lake}, ${ran.length} of ${total} tables built in ${seconds(report.durationMs)}`)
  title('How long each table took')
  printTable(
    ['table', 'read', 'written', 'left out', 'time'],
    ran.map((t) => [
      t.table,
      number(t.counts?.read),
      number(t.counts?.written),
      t.outcome === 'published' ? gone(t) : t.outcome,
      seconds(t.durationMs),
    ]),
    [1, 2, 4],
  )
  for (const { table, error } of ran) {
    if (error !== undefined) console.error(`${styled('red', 'error')} ${table}: ${error.message}`)
  }
}

/** Prints how the answers of the lake compare with the expected ones; true when all are equal. */
export function printVerdict(differences: readonly Difference[]): boolean {
  title('Are the answers right?')
  const right = printEqual(differences, 'tables equal the expected answers row for row')
  console.log('The generator wrote the expected answers from its own model; it did not read the raw files.')
  return right
}

/** Prints how many of the tables are equal, and what differs in the others; true when none differs. */
export function printEqual(differences: readonly Difference[], claim: string): boolean {
  const wrong = differences.filter((d) => d.unexpected + d.missing > 0 || d.rows === 0)
  const rows = differences.reduce((sum, d) => sum + d.rows, 0)
  const right = differences.length - wrong.length
  const text = `${right} of ${differences.length} ${claim} (${number(rows)} rows).`
  console.log(styled(wrong.length === 0 ? 'green' : 'red', text))
  for (const d of wrong) {
    console.error(`${d.table}: ${number(d.unexpected)} rows too many, ${number(d.missing)} missing`)
    for (const example of d.examples) console.error(`  ${example}`)
  }
  return wrong.length === 0
}

/** The commands to try after `npm start`; each works as it is printed, from the root of the repository. */
export function nextCommands(place: Place): readonly string[] {
  const on = lakeOption(place)
  const data = `--var data=${rootRelative(place, place.data)}`
  const project = on.startsWith('--project') ? on : `--project examples/shop ${data} ${on}`
  return [
    `npx securecart plan ${project}`,
    `npx securecart tables ${on}`,
    `npx securecart show mart.enriched_transactions ${on}`,
    `npx securecart history sales.orders ${on}`,
    `npx securecart query "select region, sum(revenue) as revenue from mart.category_revenue group by all" ${on}`,
    `npx securecart query 'select * from raw."orders$rejected" limit 5' ${on}`,
    `npx securecart run sales --full ${project}`,
  ]
}

/** Prints the time that all took, and what to try next. */
export function printNext(place: Place, durationMs: number): void {
  title(`All in ${seconds(durationMs)}. Try next`)
  for (const command of nextCommands(place)) console.log(`  ${command}`)
  console.log(
    dim(
      '\nAnother scale: npm start -- --orders 200000. Start a project of your own: npx securecart init my-shop',
    ),
  )
}
