import { MultiBar, type SingleBar } from 'cli-progress'
import type { RunEvent, TableReport } from '../run/report.ts'
import { number, seconds } from './output.ts'
import { paint } from './paint.ts'

/** Shows a run on stderr: bars on a terminal, lines elsewhere. Call the result with every event; dispose of it at the end. */
export function showRun(options: { readonly quiet: boolean }): Disposable & ((event: RunEvent) => void) {
  if (options.quiet) return Object.assign(() => undefined, { [Symbol.dispose]: () => undefined })
  return process.stderr.isTTY ? bars() : lines()
}

function closing(report: TableReport): string {
  const { table, outcome, counts, durationMs, error } = report
  if (outcome === 'unchanged') return `${paint.dim('=')} ${table} ${paint.dim('unchanged')}`
  if (outcome === 'skipped') return `${paint.yellow('-')} ${table} skipped: ${report.reasons.join(', ')}`
  if (outcome === 'failed') return `${paint.red('✗')} ${table} ${error?.message ?? 'failed'}`
  const rejected =
    counts !== undefined && counts.rejected > 0 ? paint.yellow(`, ${number(counts.rejected)} rejected`) : ''
  return `${paint.green('✓')} ${table} ${number(counts?.written)} rows${rejected} ${paint.dim(`${report.action}, ${seconds(durationMs)}`)}`
}

/** The time left at the present pace, in milliseconds. */
const remaining = (elapsedMs: number, share: number): number =>
  share <= 0 ? 0 : (elapsedMs / share) * (1 - share)

function lines(): Disposable & ((event: RunEvent) => void) {
  const told = new Map<string, number>()
  const write = (text: string): void => void process.stderr.write(`${text}\n`)
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'started') write(`  ${event.table} ${event.action}: ${event.reasons.join(', ')}`)
    else if (event.kind === 'finished') write(closing(event.report))
    else if (event.kind === 'retrying')
      write(`  ${event.table} again (${event.attempt}): ${event.error.message}`)
    else if (event.elapsedMs - (told.get(event.table) ?? 0) > 5000) {
      told.set(event.table, event.elapsedMs)
      const { share, rowsRead = 0 } = event.progress
      write(
        `  ${event.table} ${Math.round(share * 100)} %, ${number(rowsRead)} rows, about ${seconds(remaining(event.elapsedMs, share))} left`,
      )
    }
  }
  return Object.assign(onEvent, { [Symbol.dispose]: () => undefined })
}

function bars(): Disposable & ((event: RunEvent) => void) {
  const multi = new MultiBar({
    stream: process.stderr,
    format: '  {table} {bar} {percentage} % | {rows} rows | {left} left',
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
  })
  const open = new Map<string, SingleBar>()
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'started') {
      open.set(event.table, multi.create(100, 0, { table: event.table, rows: '0', left: '…' }))
    } else if (event.kind === 'progress') {
      const { share, rowsRead = 0 } = event.progress
      const left = seconds(remaining(event.elapsedMs, share))
      open
        .get(event.table)
        ?.update(Math.round(share * 100), { table: event.table, rows: number(rowsRead), left })
    } else if (event.kind === 'finished') {
      const bar = open.get(event.report.table)
      if (bar !== undefined) multi.remove(bar)
      multi.log(`${closing(event.report)}\n`)
    }
  }
  return Object.assign(onEvent, { [Symbol.dispose]: () => multi.stop() })
}
