import { groupCases } from './group-cases.ts'
import { joinCases } from './join-cases.ts'
import { orderCases } from './order-cases.ts'

/** Every shape the suite runs. */
export const cases = [...joinCases, ...orderCases, ...groupCases]
