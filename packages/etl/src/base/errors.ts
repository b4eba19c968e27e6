import type { Code } from './codes.ts'

/** Where in the user's files a declaration stands. Lines and columns are 1-based. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** A user's mistake, found before anything runs. All diagnostics of a project are collected and shown together. */
export interface Diagnostic {
  readonly code: Code
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  readonly at?: SourceLocation
}

/** Whether the same call may succeed later: `never`, `transient` (soon), or after a number of milliseconds. */
export type Retry = 'never' | 'transient' | { readonly afterMs: number }

export interface EtlErrorOptions {
  readonly hint?: string
  readonly params?: Readonly<Record<string, string | number | boolean>>
  readonly retry?: Retry
  readonly at?: SourceLocation
  readonly cause?: unknown
  /** The diagnostics behind a refused project. */
  readonly diagnostics?: readonly Diagnostic[]
}

/**
 * The one class of run-time failures.
 *
 * The message says what happened with the value and what was expected; `hint` says what to do. Neither holds secrets.
 */
export class EtlError extends Error {
  readonly code: Code
  readonly hint: string | undefined
  readonly params: Readonly<Record<string, string | number | boolean>>
  readonly retry: Retry
  readonly at: SourceLocation | undefined
  readonly diagnostics: readonly Diagnostic[]

  constructor(code: Code, message: string, options: EtlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'EtlError'
    this.code = code
    this.hint = options.hint
    this.params = options.params ?? {}
    this.retry = options.retry ?? 'never'
    this.at = options.at
    this.diagnostics = options.diagnostics ?? []
  }
}

/** Fails with the code for our own bugs; used to close exhaustive switches. */
export function unreachable(value: never, what: string): never {
  throw new EtlError('bug.unreachable', `unexpected ${what}: ${JSON.stringify(value)}`)
}

const ownFolder = new URL('..', import.meta.url).pathname

/** Finds the caller's file and line: the first stack frame outside this package and outside node_modules and Node itself. */
export function callerLocation(): SourceLocation | undefined {
  return deferredLocation()()
}

/** Notes where the caller stands and reads it only when asked: the stack is captured now, its text is made then. */
export function deferredLocation(): () => SourceLocation | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, deferredLocation)
  return () => locationIn(holder.stack ?? '')
}

function locationIn(stack: string): SourceLocation | undefined {
  for (const frame of stack.split('\n').slice(1)) {
    const match = /\(?(?:file:\/\/)?(\/[^():]+|[A-Za-z]:[^():]+):(\d+):(\d+)\)?$/.exec(frame.trim())
    const file = match?.[1]
    if (file === undefined || file.includes('/node_modules/')) continue
    if (file.startsWith(ownFolder) && !/\.test(-d)?\.ts$/.test(file)) continue
    return { file, line: Number(match?.[2]), column: Number(match?.[3]) }
  }
  return undefined
}
