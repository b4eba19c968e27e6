import { EtlError } from '../../base/errors.ts'

/** Turns what DuckDB threw into the product's error: cancelled, out of memory, out of disk, or failed. */
export function engineFailure(cause: unknown, doing: string): EtlError {
  if (cause instanceof EtlError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  if (/INTERRUPT|Interrupted/.test(message)) {
    return new EtlError('run.cancelled', `${doing} was cancelled`, { cause })
  }
  if (/Out of Memory|could not allocate|failed to pin block|failed to offload/i.test(message)) {
    return new EtlError(
      'engine.out-of-memory',
      `${doing} needs more memory than its limit: ${firstLine(message)}`,
      {
        hint: 'Raise `memoryLimit` in securecart.config.ts or pass --memory, or run fewer tables at once.',
        cause,
      },
    )
  }
  return new EtlError('engine.failed', `${doing} failed: ${firstLine(message)}`, { cause })
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}
