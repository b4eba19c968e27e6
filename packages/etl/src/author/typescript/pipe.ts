import type { Diagnostic } from '../../base/errors.ts'
import type { Source } from '../../connector/contract.ts'
import type { Columns } from '../../plan/columns.ts'
import type { Relation, Step } from '../../step/contract.ts'
import type { TableDeclaration } from '../table.ts'

/** Where the rows of a pipe come from. */
export type Origin =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'table'; readonly table: TableDeclaration }

/** Rows on their way through steps: what `pipe` returns. A frozen value. */
export interface Rows<C extends Columns = Columns> extends Relation<C> {
  readonly kind: 'rows'
  readonly origin: Origin
  readonly steps: readonly Step[]
  /** What was wrong with the calls of `pipe` themselves. */
  readonly misuse: readonly Diagnostic[]
  /** Puts further steps behind those there are. */
  readonly pipe: Pipe<C>
}

/** Puts up to 16 steps one behind the other; each sees the columns that the one before it leaves. Longer: pipe again. */
export interface Pipe<I extends Columns> {
  (): Rows<I>
  <C1 extends Columns>(s1: Step<I, C1>): Rows<C1>
  <C1 extends Columns, C2 extends Columns>(s1: Step<I, C1>, s2: Step<C1, C2>): Rows<C2>
  <C1 extends Columns, C2 extends Columns, C3 extends Columns>(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
  ): Rows<C3>
  <C1 extends Columns, C2 extends Columns, C3 extends Columns, C4 extends Columns>(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
  ): Rows<C4>
  <C1 extends Columns, C2 extends Columns, C3 extends Columns, C4 extends Columns, C5 extends Columns>(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
  ): Rows<C5>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
  ): Rows<C6>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
  ): Rows<C7>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
  ): Rows<C8>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
  ): Rows<C9>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
  ): Rows<C10>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
    C11 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
    s11: Step<C10, C11>,
  ): Rows<C11>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
    C11 extends Columns,
    C12 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
    s11: Step<C10, C11>,
    s12: Step<C11, C12>,
  ): Rows<C12>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
    C11 extends Columns,
    C12 extends Columns,
    C13 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
    s11: Step<C10, C11>,
    s12: Step<C11, C12>,
    s13: Step<C12, C13>,
  ): Rows<C13>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
    C11 extends Columns,
    C12 extends Columns,
    C13 extends Columns,
    C14 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
    s11: Step<C10, C11>,
    s12: Step<C11, C12>,
    s13: Step<C12, C13>,
    s14: Step<C13, C14>,
  ): Rows<C14>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
    C11 extends Columns,
    C12 extends Columns,
    C13 extends Columns,
    C14 extends Columns,
    C15 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
    s11: Step<C10, C11>,
    s12: Step<C11, C12>,
    s13: Step<C12, C13>,
    s14: Step<C13, C14>,
    s15: Step<C14, C15>,
  ): Rows<C15>
  <
    C1 extends Columns,
    C2 extends Columns,
    C3 extends Columns,
    C4 extends Columns,
    C5 extends Columns,
    C6 extends Columns,
    C7 extends Columns,
    C8 extends Columns,
    C9 extends Columns,
    C10 extends Columns,
    C11 extends Columns,
    C12 extends Columns,
    C13 extends Columns,
    C14 extends Columns,
    C15 extends Columns,
    C16 extends Columns,
  >(
    s1: Step<I, C1>,
    s2: Step<C1, C2>,
    s3: Step<C2, C3>,
    s4: Step<C3, C4>,
    s5: Step<C4, C5>,
    s6: Step<C5, C6>,
    s7: Step<C6, C7>,
    s8: Step<C7, C8>,
    s9: Step<C8, C9>,
    s10: Step<C9, C10>,
    s11: Step<C10, C11>,
    s12: Step<C11, C12>,
    s13: Step<C12, C13>,
    s14: Step<C13, C14>,
    s15: Step<C14, C15>,
    s16: Step<C15, C16>,
  ): Rows<C16>
}
