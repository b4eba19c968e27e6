import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { EtlError } from '../base/errors.ts'
import { commands } from './commands.ts'
import { exitCodeOf, printError } from './failure.ts'

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/**
 * Runs the command line and returns its exit code: 0 done, 1 a run failed, 2 the user's mistake.
 *
 * With `--json` exactly one JSON document goes to stdout; everything else goes to stderr.
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('securecart')
    .description('Declare ETL pipelines once in TypeScript; run them anywhere.')
    .version(version())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .addHelpText(
      'after',
      `\nExamples:\n  $ securecart init\n  $ securecart plan\n  $ securecart run\n  $ securecart query "select * from mart.category_revenue"\n`,
    )
  const wanted = args.find((a) => !a.startsWith('-'))
  for (const entry of commands) {
    if (entry.name === wanted) (await entry.load()).define(program)
    else program.command(entry.name).summary(entry.summary).description(entry.summary).allowUnknownOption()
  }
  for (const command of program.commands) command.exitOverride()
  if (args.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    printError(error instanceof EtlError ? error : asBug(error), args.includes('--json'))
    return exitCodeOf(error)
  }
}

function asBug(cause: unknown): EtlError {
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return new EtlError('bug.unreachable', message, {
    cause,
    hint: 'This is our bug; please report it with this text.',
  })
}
