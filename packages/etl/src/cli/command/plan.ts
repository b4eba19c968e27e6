import path from 'node:path'
import type { Command } from 'commander'
import type { TargetDeclaration } from '../../author/target.ts'
import type { Lake } from '../../lake/contract.ts'
import { forecast, type Forecast } from '../../run/forecast.ts'
import { inDependencyOrder } from '../../run/project.ts'
import { forecastTargets, type TargetForecast } from '../../run/target-forecast.ts'
import { pickWork } from '../../run/target-project.ts'
import { deliveryLimits } from '../open-engine.ts'
import { openScratch } from '../../base/scratch.ts'
import { bytes, counted, number, printJson } from '../output.ts'
import { printTable } from '../print-table.ts'
import { assertRunnable, type BuildOptions, engineOptions, openBuildEngine } from '../build-engine.ts'
import { lakeOptions, type OpenProject, openProject, openProjectLake, soundWork } from '../project.ts'

export function define(program: Command): void {
  const command = program
    .command('plan')
    .summary('Show which tables would run, and why.')
    .description('Show which tables a run would build, why, and what it would read; nothing is written.')
    .argument('[tables...]', 'names or namespaces (default: all tables)')
    .option('--full', 'as `run --full` would')
    .option('--upstream', 'also what the named tables depend on')
  lakeOptions(engineOptions(command))
    .addHelpText('after', '\nExamples:\n  $ securecart plan\n  $ securecart plan mart --upstream --json\n')
    .action(
      async (names: readonly string[], options: BuildOptions & { full?: boolean; upstream?: boolean }) => {
        const project = await openProject(options)
        const all = await soundWork(project)
        const { tables, targets } = pickWork(all, names, { upstream: options.upstream ?? false })
        await using engine = await openBuildEngine(options, project.config)
        assertRunnable(engine, tables)
        await using lake = await openProjectLake(project)
        const forecasts = await forecast(tables, {
          lake,
          projectFolder: project.folder,
          ...(project.config.s3 === undefined ? {} : { s3: project.config.s3 }),
          declared: inDependencyOrder(project.config.tables),
          full: options.full ?? false,
        })
        const deliveries = await forecastDeliveries(project, lake, targets, forecasts, options)
        if (options.json === true) return printJson({ tables: forecasts, targets: deliveries })
        printTable(
          ['table', 'action', 'reads', 'rows', 'size', 'why'],
          [...forecasts, ...deliveries].map((f) => [
            'table' in f ? f.table : f.target,
            f.action,
            'connector' in f ? `from ${f.connector}` : counted(f.files, 'file'),
            number(f.rows),
            bytes(f.bytes),
            f.reasons.join(', '),
          ]),
          [2, 3, 4],
        )
      },
    )
}

async function forecastDeliveries(
  project: OpenProject,
  lake: Lake,
  targets: readonly TargetDeclaration[],
  tables: readonly Forecast[],
  options: BuildOptions & { full?: boolean },
): Promise<readonly TargetForecast[]> {
  if (targets.length === 0) return []
  await using scratch = await openScratch(path.join(project.lakeFolder, '.scratch'))
  return forecastTargets(targets, tables, {
    lake,
    projectFolder: project.folder,
    scratch: scratch.folder,
    full: options.full ?? false,
    limits: deliveryLimits(options, project.config),
  })
}
