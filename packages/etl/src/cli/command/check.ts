import type { Command } from 'commander'
import { printDiagnostic } from '../failure.ts'
import { counted, printJson } from '../output.ts'
import { paint } from '../paint.ts'
import { type BuildOptions, engineOptions, openBuildEngine, refusedTables } from '../build-engine.ts'
import { compile, lakeOptions, openProject } from '../project.ts'

export function define(program: Command): void {
  const command = program
    .command('check')
    .summary('Find all mistakes of the project; nothing runs.')
    .description(
      'Type every table and report all mistakes together, with file and line. Exit code 2 when there are errors.',
    )
  lakeOptions(engineOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart check\n  $ securecart check --json\n  $ securecart check --engine spark\n',
    )
    .action(async (options: BuildOptions) => {
      const project = await openProject(options)
      const { tables, diagnostics: found } = await compile(project)
      await using engine = await openBuildEngine(options, project.config)
      const diagnostics = [...found, ...refusedTables(engine, tables)]
      const errors = diagnostics.filter((d) => d.severity === 'error').length
      if (errors > 0) process.exitCode = 2
      if (options.json === true)
        return printJson({ tables: tables.map((t) => t.declaration.name), diagnostics })
      for (const d of diagnostics) process.stderr.write(`${printDiagnostic(d)}\n`)
      const verdict = errors === 0 ? paint.green('sound') : paint.red(counted(errors, 'error'))
      const { targets } = project.config
      const delivered = targets.length === 0 ? '' : `, ${counted(targets.length, 'target')}`
      process.stderr.write(`${tables.length} tables${delivered}: ${verdict}\n`)
    })
}
