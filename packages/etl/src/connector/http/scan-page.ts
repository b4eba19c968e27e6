import { EtlError } from '../../base/errors.ts'
import {
  beginsScalar,
  code,
  isSpace,
  malformed,
  nameOf,
  type Passing,
  passing,
  scalarEnd,
  valueEnd,
} from './json-bytes.ts'
import { hasChildren, type PathNode, type Take } from './path-tree.ts'

const maxRecordBytes = 16 * 2 ** 20
const maxHeldBytes = 64 * 2 ** 20

/** The records of a document as the bytes they were sent as, each on one line, and the values that were asked for. */
export interface PageSink {
  /** `outer` holds the values from outside of the record, in the order of `WantedPaths`; undefined where there is none. */
  row(raw: Buffer, outer: readonly (Buffer | undefined)[]): void
  value(name: string, raw: Buffer): void
}

/** Where a record's values from outside are gathered: one element around it, or the document. */
interface Scope {
  readonly level: number
  readonly values: Map<number, Buffer>
  readonly held: { readonly raw: Buffer; readonly scopes: readonly Scope[] }[]
}

/** An object or array on the way to something that is wanted. */
interface Frame {
  readonly isObject: boolean
  readonly node: PathNode
  /** Of members with one name the first counts. */
  readonly seen: Set<PathNode>
  readonly scope: Scope | undefined
  index: number
}

type Expects = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'separator' | 'nothing'

/**
 * Finds records and values in a JSON document that arrives in chunks, and gives their bytes: no number is read, nothing is
 * spelled anew. Chunks are changed: line ends between tokens become spaces. Of JSON's grammar it judges what stands outside
 * of records and, inside, brackets and strings; records are judged by who reads them. Memory: one record (16 MiB at most), and
 * the records that wait for a value from outside which follows them (64 MiB at most).
 *
 * Fails with `source.corrupt` on what is no JSON, transiently where the document ends too early, and with `source.schema`
 * where something else than objects and arrays stands on the way to the records.
 */
export class PageScanner {
  readonly #sink: PageSink
  readonly #outer: readonly number[]
  readonly #frames: Frame[] = []
  readonly #scopes: Scope[] = []
  #expects: Expects = 'value'
  #passing: Passing | undefined
  #next: PathNode | undefined
  #parts: Buffer[] = []
  #bytes = 0
  #heldBytes = 0
  #isFirst = true
  /** What stood where the records should. */
  rows: 'missing' | 'null' | 'there' = 'missing'

  /** `outer` tells for each value from outside the level (0 the document) that it is taken from. */
  constructor(root: PathNode, sink: PageSink, outer: readonly number[] = []) {
    this.#sink = sink
    this.#outer = outer
    this.#next = root
  }

  push(chunk: Buffer): void {
    let i = 0
    if (this.#isFirst && chunk.length > 0) {
      this.#isFirst = false
      if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) i = 3
    }
    while (i < chunk.length) {
      if (this.#passing !== undefined) i = this.#pass(chunk, i, this.#passing)
      else if (isSpace(chunk[i] ?? 0)) i += 1
      else i = this.#step(chunk[i] ?? 0, i)
    }
  }

  end(): void {
    if (this.#passing?.kind === 'scalar' && this.#frames.length === 0)
      this.#finish(this.#passing, Buffer.alloc(0))
    if (this.#expects !== 'nothing') throw malformed('it ends too early', 'transient')
  }

  /** Takes one byte between values; returns where to go on. */
  #step(b: number, i: number): number {
    const frame = this.#frames.at(-1)
    switch (this.#expects) {
      case 'value':
      case 'value-or-end':
        if (b === code.closesList && this.#expects === 'value-or-end') this.#close()
        else return this.#begin(b, i)
        break
      case 'key':
      case 'key-or-end':
        if (b === code.closesObject && this.#expects === 'key-or-end') this.#close()
        else if (b === code.quote) this.#passing = passing('key', undefined)
        else throw malformed('a member without a name')
        break
      case 'colon':
        if (b !== code.colon) throw malformed('a name without a colon')
        this.#expects = 'value'
        break
      case 'separator':
        if (b === (frame?.isObject === true ? code.closesObject : code.closesList)) this.#close()
        else if (b !== code.comma) throw malformed('a value without a comma behind it')
        else this.#beginNext(frame, 'value')
        break
      case 'nothing':
        throw malformed('something follows its end')
    }
    return i + 1
  }

  #beginNext(frame: Frame | undefined, expects: 'value' | 'value-or-end'): void {
    if (frame === undefined) return
    if (frame.isObject) {
      this.#expects = expects === 'value' ? 'key' : 'key-or-end'
      return
    }
    this.#next = frame.node.at.get(frame.index) ?? frame.node.elements
    frame.index += 1
    this.#expects = expects
  }

  /** A value begins. */
  #begin(b: number, i: number): number {
    const node = this.#next
    this.#next = undefined
    const isContainer = b === code.opensObject || b === code.opensList
    if (!isContainer && b !== code.quote && !beginsScalar(b))
      throw malformed(`"${String.fromCharCode(b)}" is no value`)
    if (node !== undefined) this.#judge(node, b)
    if (node !== undefined && isContainer && node.takes.length === 0 && hasChildren(node)) {
      this.#open(node, b === code.opensObject)
      return i + 1
    }
    this.#passing = passing(isContainer ? 'container' : b === code.quote ? 'string' : 'scalar', node)
    return i
  }

  /** Tells whether the records are where they should be. */
  #judge(node: PathNode, b: number): void {
    const isNull = b === 110
    if (node.holdsRows) this.rows = isNull ? 'null' : 'there'
    const { wayOf } = node
    if (wayOf === undefined || isNull || b === (wayOf === 'object' ? code.opensObject : code.opensList))
      return
    throw new EtlError('source.schema', `on the way to the records stands something else than an ${wayOf}`, {
      hint: 'Look at what the service answers, and at `rows`.',
    })
  }

  #open(node: PathNode, isObject: boolean): void {
    const { level } = node
    const scope =
      level === undefined || this.#outer.length === 0 ? undefined : { level, values: new Map(), held: [] }
    if (scope !== undefined) this.#scopes.push(scope)
    const frame: Frame = { isObject, node, seen: new Set(), scope, index: 0 }
    this.#frames.push(frame)
    this.#beginNext(frame, 'value-or-end')
  }

  #close(): void {
    const frame = this.#frames.pop()
    this.#next = undefined
    this.#expects = this.#frames.length === 0 ? 'nothing' : 'separator'
    if (frame?.scope === undefined) return
    this.#scopes.pop()
    for (const { raw, scopes } of frame.scope.held) {
      this.#heldBytes -= raw.length
      this.#give(raw, scopes)
    }
  }

  /** Passes over a value up to its end, or that of the chunk; returns where to go on. */
  #pass(chunk: Buffer, from: number, value: Passing): number {
    const end = value.kind === 'scalar' ? scalarEnd(chunk, from) : valueEnd(chunk, from, value)
    const part = chunk.subarray(from, end ?? chunk.length)
    if (end === undefined) {
      this.#keep(value, part)
      return chunk.length
    }
    this.#finish(value, part)
    return end
  }

  #keep(value: Passing, part: Buffer): void {
    if (value.kind !== 'key' && (value.node?.takes.length ?? 0) === 0) return
    this.#parts.push(part)
    this.#bytes += part.length
    if (this.#bytes > maxRecordBytes)
      throw new EtlError('source.too-large', 'a record of an answer is larger than 16 MiB', {
        hint: 'Check `rows`: it is the path of one record.',
      })
  }

  #finish(value: Passing, last: Buffer): void {
    this.#keep(value, last)
    this.#passing = undefined
    const raw = Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    if (value.kind === 'key') {
      this.#named(raw)
      return
    }
    this.#expects = this.#frames.length === 0 ? 'nothing' : 'separator'
    const { node } = value
    if (node === undefined) return
    for (const take of node.takes) this.#take(take, raw, node)
    if (node.takes.length > 0 && value.kind === 'container' && hasChildren(node)) this.#within(node, raw)
  }

  #named(raw: Buffer): void {
    this.#expects = 'colon'
    const frame = this.#frames.at(-1)
    const node = frame?.node.members.get(nameOf(raw))
    if (frame === undefined || node === undefined || frame.seen.has(node)) return
    frame.seen.add(node)
    this.#next = node
  }

  #take(take: Take, raw: Buffer, node: PathNode): void {
    if (take.kind === 'value') this.#sink.value(take.name, raw)
    else if (take.kind === 'outer') {
      const level = this.#outer[take.index]
      this.#scopes.find((s) => s.level === level)?.values.set(take.index, raw)
    } else if (!(node.holdsRows && this.rows === 'null')) this.#give(raw, [...this.#scopes])
  }

  /** What is wanted inside of something that is wanted itself. */
  #within(node: PathNode, raw: Buffer): void {
    const inner = new PageScanner({ ...node, takes: [], wayOf: undefined }, this.#sink, this.#outer)
    inner.#scopes.push(...this.#scopes)
    inner.push(Buffer.from(raw))
    inner.end()
  }

  /** Gives a record away, or holds it until all that it takes from outside has come. */
  #give(raw: Buffer, scopes: readonly Scope[]): void {
    const open = scopes.find(
      (s) =>
        this.#scopes.includes(s) && this.#outer.some((level, i) => level === s.level && !s.values.has(i)),
    )
    if (open === undefined) {
      this.#sink.row(
        raw,
        this.#outer.map((level, i) => scopes.find((s) => s.level === level)?.values.get(i)),
      )
      return
    }
    open.held.push({ raw, scopes })
    this.#heldBytes += raw.length
    if (this.#heldBytes > maxHeldBytes)
      throw new EtlError('source.too-large', 'over 64 MiB of records wait for a value that follows them', {
        hint: 'Ask for smaller pages.',
      })
  }
}
