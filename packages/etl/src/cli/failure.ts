import path from 'node:path'
import { type Diagnostic, EtlError, type SourceLocation } from '../base/errors.ts'
import { paint } from './paint.ts'

const mistakes =
  /^(config|plan|sql|step|connector\.declaration)\.|^run\.unknown-table$|^lake\.(unknown|exists)/

/** 2 for the user's mistake, 1 for everything else. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof EtlError && mistakes.test(error.code) ? 2 : 1
}

const place = (at: SourceLocation | undefined): string =>
  at === undefined ? '' : `${path.relative(process.cwd(), at.file) || at.file}:${at.line} `

export function printDiagnostic(d: Diagnostic): string {
  const label = d.severity === 'error' ? paint.red('error') : paint.yellow('warning')
  const hint = d.hint === undefined ? '' : `\n    ${paint.dim(d.hint)}`
  return `${place(d.at)}${label} ${d.message} ${paint.dim(`[${d.code}]`)}${hint}`
}

/** An error as JSON: code, message, hint, place, diagnostics. */
export function errorJson(error: EtlError): Readonly<Record<string, unknown>> {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.at === undefined ? {} : { at: error.at }),
    ...(Object.keys(error.params).length === 0 ? {} : { params: error.params }),
    ...(error.diagnostics.length === 0 ? {} : { diagnostics: error.diagnostics }),
  }
}

/** Prints an error for people on stderr, and with `json` as the one document on stdout. */
export function printError(error: EtlError, json: boolean): void {
  for (const d of error.diagnostics) process.stderr.write(`${printDiagnostic(d)}\n`)
  process.stderr.write(
    `${place(error.at)}${paint.red('error')} ${error.message} ${paint.dim(`[${error.code}]`)}\n`,
  )
  if (error.hint !== undefined) process.stderr.write(`    ${error.hint}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ error: errorJson(error) }, null, 2)}\n`)
}
