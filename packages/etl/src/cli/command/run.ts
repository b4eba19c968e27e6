import type { Command } from 'commander'
import { inDependencyOrder } from '../../run/project.ts'
import { pickWork } from '../../run/target-project.ts'
import type { RunReport, TableReport, TargetReport } from '../../run/report.ts'
import { run } from '../../run/run.ts'
import type { EtlError } from '../../base/errors.ts'
import { errorJson, printDiagnostic } from '../failure.ts'
import { bytes, number, printJson, seconds } from '../output.ts'
import { printTable } from '../print-table.ts'
import { paint } from '../paint.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { showRun } from '../progress.ts'
import { assertRunnable, type BuildOptions, engineOptions, openBuildEngine } from '../build-engine.ts'
import { lakeOptions, openProject, openProjectLake, soundWork } from '../project.ts'
import { deliveryLimits } from '../open-engine.ts'

interface RunCommandOptions extends BuildOptions {
  readonly full?: boolean
  readonly upstream?: boolean
  readonly quiet?: boolean
}

export function define(program: Command): void {
  const command = program
    .command('run')
    .summary('Bring tables up to date.')
    .description(
      'Bring tables up to date in dependency order: new source files and upstream snapshots are read, nothing is read twice. Interrupt it at any time; what was published stays, the rest is as before.',
    )
    .argument('[tables...]', 'names or namespaces (default: all tables)')
    .option('--full', 'build the tables anew from all their input')
    .option('--upstream', 'also run what the named tables depend on')
    .option('--concurrency <n>', 'tables at a time (default: as memory and cores allow)')
    .option('-q, --quiet', 'show no progress')
  lakeOptions(engineOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart run\n  $ securecart run mart --upstream\n  $ securecart run sales.orders --full --memory 1GB\n  $ securecart run --json > report.json\n  $ securecart run --engine spark --spark sc://localhost:15002\n',
    )
    .action(runCommand)
}

async function runCommand(names: readonly string[], options: RunCommandOptions): Promise<void> {
  const project = await openProject(options)
  const all = await soundWork(project)
  const { tables, targets } = pickWork(all, names, { upstream: options.upstream ?? false })
  await using lake = await openProjectLake(project)
  await using engine = await openBuildEngine(options, project.config, tables.length)
  assertRunnable(engine, tables)
  using stop = stopOnInterrupt()
  let report: RunReport
  {
    using show = options.quiet === true ? undefined : showRun(tables.map((t) => t.declaration.name))
    report = await run(tables, {
      lake,
      engine,
      projectFolder: project.folder,
      ...(project.config.s3 === undefined ? {} : { s3: project.config.s3 }),
      declared: inDependencyOrder(project.config.tables),
      scratch: lake.scratch,
      full: options.full ?? false,
      targets,
      deliveryLimits: deliveryLimits(options, project.config),
      signal: stop.signal,
      ...(show === undefined ? {} : { onEvent: show }),
    })
  }
  if (options.json === true) printJson(reportJson(report))
  else printReport(report)
  if (report.outcome === 'failed') process.exitCode = 1
}

/** A report as JSON; errors with code, message and hint. */
export function reportJson(report: RunReport): unknown {
  return {
    ...report,
    tables: report.tables.map(withErrorJson),
    targets: report.targets.map(withErrorJson),
  }
}

const withErrorJson = (t: TableReport | TargetReport): unknown =>
  t.error === undefined ? t : { ...t, error: errorJson(t.error) }

const taken = (t: TableReport): string => {
  const gone = [
    ['rejected', t.counts?.rejected],
    ['filtered', t.counts?.filtered],
    ['deduplicated', t.counts?.deduplicated],
  ] as const
  return gone
    .filter(([, n]) => (n ?? 0) > 0)
    .map(([what, n]) => `${number(n)} ${what}`)
    .join(', ')
}

function printReport(report: RunReport): void {
  printTable(
    ['table', 'action', 'read', 'written', 'gone', 'files', 'size', 'time'],
    report.tables.map((t) => [
      t.table,
      t.outcome === 'published' ? t.action : t.outcome,
      number(t.counts?.read),
      number(t.counts?.written),
      taken(t),
      number(t.files),
      bytes(t.bytes),
      seconds(t.durationMs),
    ]),
    [2, 3, 5, 6, 7],
  )
  if (report.targets.length > 0) printTargets(report.targets)
  for (const t of report.tables) {
    for (const w of t.warnings ?? [])
      process.stderr.write(`${printDiagnostic({ ...w, message: `${t.table}: ${w.message}` })}\n`)
    tellError(t.table, t.error)
  }
  for (const t of report.targets) tellError(t.target, t.error)
  process.stderr.write(
    `${report.outcome === 'done' ? paint.green('done') : paint.red('failed')} in ${seconds(report.durationMs)}\n`,
  )
}

function tellError(name: string, error: EtlError | undefined): void {
  if (error === undefined) return
  process.stderr.write(`${paint.red('error')} ${name}: ${error.message} ${paint.dim(`[${error.code}]`)}\n`)
  if (error.hint !== undefined) process.stderr.write(`    ${error.hint}\n`)
}

function printTargets(targets: readonly TargetReport[]): void {
  printTable(
    ['target', 'action', 'read', 'inserted', 'updated', 'deleted', 'time'],
    targets.map((t) => [
      t.target,
      t.outcome === 'delivered' ? t.action : t.outcome,
      number(t.counts?.read),
      number(t.counts?.inserted),
      number(t.counts?.updated),
      number(t.counts?.deleted),
      seconds(t.durationMs),
    ]),
    [2, 3, 4, 5, 6],
  )
}
