import type { Command } from 'commander'
import { printDiagnostic } from '../failure.ts'
import { printJson } from '../output.ts'
import { paint } from '../paint.ts'
import { compile, lakeOptions, openEngine, openProject, type ProjectOptions } from '../project.ts'

export function define(program: Command): void {
  const command = program
    .command('check')
    .summary('Find all mistakes of the project; nothing runs.')
    .description(
      'Type every table and report all mistakes together, with file and line. Exit code 2 when there are errors.',
    )
  lakeOptions(command)
    .addHelpText('after', '\nExamples:\n  $ securecart check\n  $ securecart check --json\n')
    .action(async (options: ProjectOptions) => {
      const project = await openProject(options)
      const { tables, diagnostics: found } = await compile(project)
      await using engine = openEngine(options, project.config)
      const refused = tables.flatMap((t) =>
        engine
          .refuses(t.plan)
          .map((d) => (t.declaration.at === undefined ? d : { ...d, at: t.declaration.at })),
      )
      const diagnostics = [...found, ...refused]
      const errors = diagnostics.filter((d) => d.severity === 'error').length
      if (errors > 0) process.exitCode = 2
      if (options.json === true)
        return printJson({ tables: tables.map((t) => t.declaration.name), diagnostics })
      for (const d of diagnostics) process.stderr.write(`${printDiagnostic(d)}\n`)
      const verdict =
        errors === 0 ? paint.green('sound') : paint.red(`${errors} error${errors === 1 ? '' : 's'}`)
      process.stderr.write(`${tables.length} tables: ${verdict}\n`)
    })
}
