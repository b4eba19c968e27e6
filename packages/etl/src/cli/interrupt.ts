/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts, so that work ends orderly; the second ends the process at once.
 * Dispose of it when the work is over.
 */
export function stopOnInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
    },
  }
}
