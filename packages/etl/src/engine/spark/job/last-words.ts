/** Lines of a driver's output that are kept to find its last words in. */
const kept = 400

/** The end of a driver's output. */
export interface Tail {
  readonly add: (line: string) => void
  /** The last line that names an error, else the last line; undefined when there was none. */
  readonly lastWords: () => string | undefined
}

const error = /^(?:[\w.$]*(?:Error|Exception)\b|securecart: |Error: |.*\bCaused by: |Exception in )/

/** Keeps the end of a driver's output, without the frames of stacks. */
export function newTail(): Tail {
  const lines: string[] = []
  return {
    add: (line) => {
      if (line.trim() === '') return
      lines.push(line)
      if (lines.length > kept) lines.shift()
    },
    lastWords: () => (lines.findLast((line) => error.test(line)) ?? lines.at(-1))?.trim(),
  }
}
