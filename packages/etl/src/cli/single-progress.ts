/** Shows one piece of work on stderr: a bar on a terminal, nothing elsewhere. Dispose of it at the end. */
export async function showOne(): Promise<Disposable & ((share: number, text: string) => void)> {
  if (!process.stderr.isTTY) return Object.assign(() => undefined, { [Symbol.dispose]: () => undefined })
  const { Presets, SingleBar } = await import('cli-progress')
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: '  {bar} {percentage} %  {text}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      // The command ends in order on Ctrl-C, and clears the bar then.
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  bar.start(100, 0, { text: '' })
  return Object.assign((share: number, text: string) => bar.update(Math.round(share * 100), { text }), {
    [Symbol.dispose]: () => bar.stop(),
  })
}
