import type { Command } from 'commander'
import { forecast } from '../../run/forecast.ts'
import { inDependencyOrder, pickTables } from '../../run/project.ts'
import { bytes, number, printJson } from '../output.ts'
import { printTable } from '../print-table.ts'
import { assertRunnable, type BuildOptions, engineOptions, openBuildEngine } from '../build-engine.ts'
import { lakeOptions, openProject, openProjectLake, soundTables } from '../project.ts'

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
        const tables = pickTables(await soundTables(project), names, { upstream: options.upstream ?? false })
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
        if (options.json === true) return printJson({ tables: forecasts })
        printTable(
          ['table', 'action', 'reads', 'rows', 'size', 'why'],
          forecasts.map((f) => [
            f.table,
            f.action,
            `${number(f.files)} files`,
            number(f.rows),
            bytes(f.bytes),
            f.reasons.join(', '),
          ]),
          [2, 3, 4],
        )
      },
    )
}
