import { EtlError } from '../../base/errors.ts'

/** One step of a path: the member of an object, one element of an array, or all of them. */
export type PathStep =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'elements' }

export type Path = readonly PathStep[]

/** Where a column's value is: in the record itself (0), in what it stands in (1), one further out (2)… */
export interface MemberPath {
  readonly out: number
  readonly path: Path
}

const stepPattern = /\.([^.["\]\s]+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]|\[\*\]/gy

function stepsOf(text: string, whole: string): Path {
  const steps: PathStep[] = []
  let end = 0
  stepPattern.lastIndex = 0
  for (let m = stepPattern.exec(text); m !== null; m = stepPattern.exec(text)) {
    const name = m[1] ?? m[2]?.replace(/\\(.)/g, '$1')
    if (name !== undefined) steps.push({ kind: 'member', name })
    else if (m[3] !== undefined) steps.push({ kind: 'element', index: Number(m[3]) })
    else steps.push({ kind: 'elements' })
    end = stepPattern.lastIndex
  }
  if (end !== text.length)
    throw new EtlError('config.invalid', `"${whole}" is no path`, {
      hint: 'Write $.member."odd name"[0]; [*] stands for all elements, in `rows` only.',
    })
  return steps
}

/** Parses where records stand. Fails with `config.invalid`. */
export function rowsPath(text: string): Path {
  if (!text.startsWith('$')) throw new EtlError('config.invalid', `"${text}" is no path: it begins with $`)
  return stepsOf(text.slice(1), text)
}

/** Parses the path of one value in a page. Fails with `config.invalid`. */
export function valuePath(text: string): Path {
  const path = rowsPath(text)
  if (path.length === 0 || path.some((s) => s.kind === 'elements'))
    throw new EtlError('config.invalid', `"${text}" is not the path of one value`)
  return path
}

/**
 * Parses the `from` of a column: a member's name, `$.a.b` in the record, `^.a` in the element (or the document) around it.
 * Fails with `config.invalid`, also where nothing is so far out of `rows`.
 */
export function memberPath(from: string, rows: Path): MemberPath {
  const outer = /^(\^+)(?=[.[])/.exec(from)?.[1]
  if (outer === undefined)
    return /^\$[.[]/.test(from)
      ? { out: 0, path: single(stepsOf(from.slice(1), from), from) }
      : { out: 0, path: [{ kind: 'member', name: from }] }
  if (outer.length > outerLevels(rows))
    throw new EtlError('config.invalid', `"${from}" is further out than the records stand`)
  return { out: outer.length, path: single(stepsOf(from.slice(outer.length), from), from) }
}

/** How many elements, and the document, a record stands in. */
export function outerLevels(rows: Path): number {
  if (rows.length === 0) return 0
  return rows.filter((s) => s.kind === 'elements').length + (rows.at(-1)?.kind === 'elements' ? 0 : 1)
}

function single(path: Path, from: string): Path {
  if (path.some((s) => s.kind === 'elements'))
    throw new EtlError('config.invalid', `"${from}" is not the path of one value`)
  return path
}
