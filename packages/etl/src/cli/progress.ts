import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Progress } from '../engine/contract.ts'
import type { RunEvent, TableReport, TargetReport } from '../run/report.ts'
import { bytes, number, seconds } from './output.ts'
import { paint } from './paint.ts'

type ShowEvent = ((event: RunEvent) => void) & Disposable

/**
 * Shows a run of the named tables on stderr: bars on a terminal, lines elsewhere. Call the result with every event;
 * dispose of it at the end.
 */
export function showRun(tables: readonly string[]): ShowEvent {
  const width = Math.max(0, ...tables.map((t) => t.length))
  return process.stderr.isTTY ? bars(tables.length, width) : lines(tables.length, width)
}

function closing(report: TableReport, width: number): string {
  const { outcome, counts, durationMs, error } = report
  const table = report.table.padEnd(width)
  if (outcome === 'skipped') return `${paint.yellow('-')} ${table}  skipped: ${report.reasons.join(', ')}`
  if (outcome === 'failed') return `${paint.red('✗')} ${table}  ${error?.message ?? 'failed'}`
  const rejected =
    counts !== undefined && counts.rejected > 0 ? paint.yellow(`, ${number(counts.rejected)} rejected`) : ''
  const how = `${report.action} (${report.reasons.join(', ')}) in ${seconds(durationMs)}`
  return `${paint.green('✓')} ${table}  ${number(counts?.written)} rows${rejected}, ${paint.dim(how)}`
}

/** The line of a target that was delivered or could not be. */
function closingTarget(report: TargetReport): string {
  const { outcome, counts, durationMs, error, target } = report
  if (outcome === 'skipped') return `${paint.yellow('-')} ${target}  skipped: ${report.reasons.join(', ')}`
  if (outcome === 'failed') return `${paint.red('✗')} ${target}  ${error?.message ?? 'failed'}`
  const how = `${report.action} (${report.reasons.join(', ')}) in ${seconds(durationMs)}`
  return `${paint.green('✓')} ${target}  ${number(counts?.read)} rows delivered, ${paint.dim(how)}`
}

/** The time left at the present pace. */
function timeLeft(elapsedMs: number, share: number): string {
  return share <= 0 ? '…' : seconds((elapsedMs / share) * (1 - share))
}

/** Rows and bytes read so far. */
function amount({ rowsRead, bytesRead, bytesTotal }: Progress): string {
  const rows = rowsRead === undefined ? '' : `${number(rowsRead)} rows`
  const size = bytesTotal === undefined ? '' : `${bytes(bytesRead ?? 0)} of ${bytes(bytesTotal)}`
  return [rows, size].filter((t) => t !== '').join(', ')
}

const tellEveryMs = 5000

function lines(total: number, width: number): ShowEvent {
  const told = new Map<string, number>()
  let finished = 0
  const write = (text: string): void => void process.stderr.write(`${text}\n`)
  const count = (): string => `${String(finished).padStart(String(total).length)}/${total}`
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'finished') {
      finished++
      if (event.report.outcome !== 'unchanged') write(`${count()} ${closing(event.report, width)}`)
    } else if (event.kind === 'delivered') {
      if (event.report.outcome !== 'unchanged') write(closingTarget(event.report))
    } else if (event.kind === 'renamed') {
      write(`${count()} · ${event.table.padEnd(width)}  renamed from ${event.from}`)
    } else if (event.kind === 'retrying') {
      write(`${count()} ! ${event.table.padEnd(width)}  again (${event.attempt}): ${event.error.message}`)
    } else if (event.kind === 'progress') {
      const { elapsedMs, progress } = event
      if (elapsedMs - (told.get(event.table) ?? 0) < tellEveryMs) return
      told.set(event.table, elapsedMs)
      const percent = `${Math.round(progress.share * 100)} %`
      const left = timeLeft(elapsedMs, progress.share)
      write(`${count()} · ${event.table.padEnd(width)}  ${percent}, ${amount(progress)}, about ${left} left`)
    }
  }
  return Object.assign(onEvent, { [Symbol.dispose]: () => undefined })
}

function bars(total: number, width: number): ShowEvent {
  const multi = new MultiBar(
    {
      stream: process.stderr,
      format: `  {table} {bar} {percentage} %  {text}`,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      noTTYOutput: false,
      // The command ends in order on Ctrl-C, and clears the bars then.
      gracefulExit: false,
      // A closed or tiny terminal reports no width; bars are cut to the width that there is.
      linewrap: false,
    },
    Presets.shades_classic,
  )
  const whole = multi.create(total, 0, { table: 'tables'.padEnd(width), text: `0 of ${total}` })
  const open = new Map<string, SingleBar>()
  let finished = 0
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'started') {
      open.set(event.table, multi.create(100, 0, { table: event.table.padEnd(width), text: '' }))
    } else if (event.kind === 'progress') {
      const { progress, elapsedMs } = event
      const text = `${amount(progress)}, ${timeLeft(elapsedMs, progress.share)} left`
      open.get(event.table)?.update(Math.round(progress.share * 100), { text })
    } else if (event.kind === 'renamed') {
      multi.log(`${event.table} renamed from ${event.from}\n`)
    } else if (event.kind === 'retrying') {
      multi.log(`! ${event.table} again (${event.attempt}): ${event.error.message}\n`)
    } else if (event.kind === 'delivered') {
      const { outcome } = event.report
      if (outcome === 'failed' || outcome === 'skipped') multi.log(`${closingTarget(event.report)}\n`)
    } else if (event.kind === 'finished') {
      const bar = open.get(event.report.table)
      if (bar !== undefined) multi.remove(bar)
      finished++
      whole.update(finished, { text: `${finished} of ${total}` })
      const { outcome, error } = event.report
      // What had not begun when the run was cancelled needs no line.
      if (bar === undefined && error?.code === 'run.cancelled') return
      if (outcome === 'failed' || outcome === 'skipped') {
        multi.log(`${closing(event.report, width)}\n`)
      }
    }
  }
  return Object.assign(onEvent, { [Symbol.dispose]: () => multi.stop() })
}
