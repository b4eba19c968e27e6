import type { Node } from '../plan/node.ts'
import { aggregateStep } from './aggregate.ts'
import { applyStep } from './apply.ts'
import { asOfStep } from './as-of.ts'
import { castStep } from './cast.ts'
import { changeCaseStep } from './change-case.ts'
import { convertCurrencyStep } from './convert-currency.ts'
import type { Lowered, OptionDoc, StepDefinition, StepExample } from './contract.ts'
import { currentStep } from './current.ts'
import { dedupeStep } from './dedupe.ts'
import { deriveStep } from './derive.ts'
import { dropStep } from './drop.ts'
import { expectStep } from './expect.ts'
import { fillForwardStep } from './fill-forward.ts'
import { fillStep } from './fill.ts'
import { filterStep } from './filter.ts'
import { flattenJsonStep } from './flatten-json.ts'
import { geolocateStep } from './geolocate.ts'
import { hashColumnStep } from './hash-column.ts'
import { historyStep } from './history.ts'
import { joinStep } from './join.ts'
import { limitStep } from './limit.ts'
import { lookupStep } from './lookup.ts'
import { maskColumnStep } from './mask-column.ts'
import { parseDateStep } from './parse-date.ts'
import { parseNumberStep } from './parse-number.ts'
import { parseTimestampStep } from './parse-timestamp.ts'
import { parseUserAgentStep } from './parse-user-agent.ts'
import { pivotStep } from './pivot.ts'
import { rangeLookupStep } from './range-lookup.ts'
import { renameStep } from './rename.ts'
import { replaceValuesStep } from './replace-values.ts'
import { selectStep } from './select.ts'
import { sessionizeStep } from './sessionize.ts'
import { sortStep } from './sort.ts'
import { splitStep } from './split.ts'
import { timeBucketStep } from './time-bucket.ts'
import { trimStep } from './trim.ts'
import { unionStep } from './union.ts'
import { unnestStep } from './unnest.ts'
import { unpivotStep } from './unpivot.ts'
import { windowStep } from './window.ts'

/** A step whose options are its own affair, as a list of all steps holds it. */
export interface AnyStep extends Pick<StepDefinition<unknown>, 'name' | 'summary' | 'meaning'> {
  readonly options: Readonly<Record<string, OptionDoc>>
  readonly lower: (input: Node, options: never, others: readonly Node[]) => Lowered
  readonly examples: () => readonly StepExample<unknown>[]
}

/** Every step of the product, in the order of the reference page. */
export const steps: readonly AnyStep[] = [
  selectStep,
  dropStep,
  renameStep,
  deriveStep,
  castStep,
  parseTimestampStep,
  parseDateStep,
  parseNumberStep,
  trimStep,
  changeCaseStep,
  splitStep,
  flattenJsonStep,
  parseUserAgentStep,
  fillStep,
  fillForwardStep,
  replaceValuesStep,
  maskColumnStep,
  hashColumnStep,
  filterStep,
  expectStep,
  dedupeStep,
  joinStep,
  lookupStep,
  rangeLookupStep,
  geolocateStep,
  convertCurrencyStep,
  asOfStep,
  currentStep,
  historyStep,
  unionStep,
  aggregateStep,
  windowStep,
  pivotStep,
  unpivotStep,
  unnestStep,
  sessionizeStep,
  timeBucketStep,
  sortStep,
  limitStep,
  applyStep,
]

export { aggregate } from './aggregate.ts'
export { apply, type RowOf } from './apply.ts'
export { asOf } from './as-of.ts'
export { cast } from './cast.ts'
export { changeCase, lower, upper } from './change-case.ts'
export type { Relation, Step } from './contract.ts'
export { convertCurrency } from './convert-currency.ts'
export { current } from './current.ts'
export { dedupe } from './dedupe.ts'
export { derive } from './derive.ts'
export { drop } from './drop.ts'
export { expect } from './expect.ts'
export { fillForward } from './fill-forward.ts'
export { fill } from './fill.ts'
export { filter } from './filter.ts'
export { flattenJson } from './flatten-json.ts'
export { geolocate } from './geolocate.ts'
export { hashColumn } from './hash-column.ts'
export { history } from './history.ts'
export { join } from './join.ts'
export { limit } from './limit.ts'
export { lookup } from './lookup.ts'
export { maskColumn } from './mask-column.ts'
export { parseDate } from './parse-date.ts'
export { parseNumber } from './parse-number.ts'
export { parseTimestamp } from './parse-timestamp.ts'
export { parseUserAgent } from './parse-user-agent.ts'
export { pivot } from './pivot.ts'
export { rangeLookup } from './range-lookup.ts'
export { rename } from './rename.ts'
export { replaceValues } from './replace-values.ts'
export { select } from './select.ts'
export { sessionize } from './sessionize.ts'
export { sort } from './sort.ts'
export { split } from './split.ts'
export { timeBucket } from './time-bucket.ts'
export { trim } from './trim.ts'
export { union } from './union.ts'
export { unnest } from './unnest.ts'
export { unpivot } from './unpivot.ts'
export { window } from './window.ts'
