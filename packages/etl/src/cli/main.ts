import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { EtlError } from '../base/errors.ts'
import { commands } from './commands.ts'
import { asEtlError, exitCodeOf, printError, printErrorJson } from './failure.ts'

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

const examples = [
  'securecart init',
  'securecart plan',
  'securecart run',
  'securecart query "select * from mart.revenue_by_region"',
]

/** The program with every command named; only the commands that are `wanted` are loaded with their options. */
export async function defineProgram(wanted: (name: string) => boolean): Promise<Command> {
  const program = new Command('securecart')
    .description('Declare ETL pipelines once in TypeScript; run them embedded into an Apache Iceberg lake.')
    .version(version())
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text) })
    .addHelpText('after', `\nExamples:\n${examples.map((e) => `  $ ${e}\n`).join('')}`)
  for (const entry of commands) {
    if (wanted(entry.name)) (await entry.load()).define(program)
    else program.command(entry.name).summary(entry.summary).description(entry.summary).allowUnknownOption()
  }
  for (const command of [program, ...program.commands]) command.exitOverride()
  return program
}

/** A reader that has seen enough (`| head`) closes the pipe; that is no failure. */
function endQuietlyOnClosedPipe(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}

/**
 * Runs the command line and returns its exit code: 0 done, 1 a run failed, 2 the user's mistake.
 *
 * With `--json` exactly one JSON document goes to stdout; everything else goes to stderr.
 */
export async function main(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe()
  const words = args.filter((a) => !a.startsWith('-'))
  const wanted = words[0] === 'help' ? words[1] : words[0]
  const program = await defineProgram((name) => name === wanted)
  const json = args.includes('--json')
  if (args.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0
      // Commander has told it on stderr.
      if (json) printErrorJson(new EtlError('cli.usage', thrown.message.replace(/^error: /, '')))
      return 2
    }
    const error = asEtlError(thrown)
    printError(error, json)
    return exitCodeOf(error)
  }
}
