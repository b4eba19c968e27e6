/** What an ALTER TABLE did to columns, by their names. */
export interface AlterEffects {
  readonly dropped: readonly string[]
  readonly renamed: readonly (readonly [from: string, to: string])[]
  /** Their types were changed, and with them maybe values. */
  readonly modified: readonly string[]
}

/** What a statement of the log means for a table that is followed. */
export type Meaning =
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'other' }
  | { readonly kind: 'savepoint' | 'rollback-to'; readonly name: string }
  | { readonly kind: 'xa'; readonly verb: string; readonly xid: string }
  /** Its rows went, or others came, without a change for each. */
  | { readonly kind: 'lost'; readonly what: string }
  | ({ readonly kind: 'altered' } & AlterEffects)
  /** Rows of some table were changed by a statement, not row by row. */
  | { readonly kind: 'rows'; readonly verb: string }
