/** One option of a connector as its reference page shows it. */
export interface ConnectorOption {
  readonly name: string
  readonly summary: string
  readonly required?: true
}

/** How a source over a connection says what it connects to. */
export interface ConnectionInfo {
  /** The function that declares it; absent where it is a plain object. */
  readonly name?: string
  readonly options: readonly ConnectorOption[]
}

/** What a connector says of itself. */
export interface ConnectorInfo {
  /** The function that declares a source. */
  readonly name: string
  readonly summary: string
  readonly declare: (from: never, options: never) => unknown
  /** What stands in place of a path, for sources over a connection. */
  readonly connection?: ConnectionInfo
  readonly options: readonly ConnectorOption[]
}

/** The option of every source that bounds its rejects. */
export const maxRejected: ConnectorOption = {
  name: 'maxRejected',
  summary: 'Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1).',
}

/** The option of every source with declared columns. */
export const columns: ConnectorOption = {
  name: 'columns',
  summary: 'The declared columns with their types, by name.',
  required: true,
}
