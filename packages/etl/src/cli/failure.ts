import path from 'node:path'
import { type Diagnostic, EtlError, type SourceLocation } from '../base/errors.ts'
import { paint } from './paint.ts'

const mistakes =
  /^(cli|config|plan|sql|step|connector\.declaration)\.|^run\.unknown-table$|^lake\.(unknown|exists|moved)|^engine\.refused$/

/** 2 for the user's mistake, 1 for everything else. */
export function exitCodeOf(error: EtlError): 1 | 2 {
  return mistakes.test(error.code) ? 2 : 1
}

/** A project may load its own copy of this package; its errors are the same by shape, not by class. */
function isEtlError(error: unknown): error is EtlError {
  return (
    error instanceof EtlError ||
    (error instanceof Error && error.name === 'EtlError' && 'code' in error && 'diagnostics' in error)
  )
}

const systemCodes = /^E[A-Z]+$/

/** Whatever was thrown as the product's error: the system's refusals are run failures, what Ctrl-C ended was cancelled, the rest is our bug. */
export function asEtlError(cause: unknown): EtlError {
  if (isEtlError(cause)) return cause
  if (cause instanceof Error && 'code' in cause && systemCodes.test(String(cause.code))) {
    return new EtlError('run.failed', cause.message, { cause })
  }
  if (cause instanceof Error && cause.name === 'AbortError')
    return new EtlError('run.cancelled', 'the command was cancelled', { cause })
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return new EtlError('bug.unreachable', message, {
    cause,
    hint: 'This is our bug; please report it with this text.',
  })
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
  if (json) printErrorJson(error)
}

/** Prints an error as the one JSON document. */
export function printErrorJson(error: EtlError): void {
  process.stdout.write(`${JSON.stringify({ error: errorJson(error) }, null, 2)}\n`)
}
