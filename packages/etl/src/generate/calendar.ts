import { mix } from './random.ts'

const dayMs = 86_400_000

/** How business spreads over the days of the year and the hours of a day. Days count from the epoch, in UTC. */
export interface Calendar {
  readonly firstDay: number
  readonly days: number
  /** Running sums of the days' weights, `days + 1` entries, the first 0. */
  readonly cumulative: Float64Array
}

const monthWeights = [88, 80, 90, 92, 98, 95, 84, 82, 94, 104, 150, 170]
const weekdayWeights = [110, 100, 96, 95, 98, 104, 118]
const hourWeights = [3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 14, 15, 14, 13, 13, 14, 15, 17, 20, 22, 18, 11, 6]
const hourTotal = hourWeights.reduce((sum, weight) => sum + weight, 0)

/** Makes the seasonal calendar of the leap year 2024: strong November and December, weekends, daily noise. */
export function yearCalendar(key: number): Calendar {
  const firstDay = Date.UTC(2024, 0, 1) / dayMs
  const days = 366
  const cumulative = new Float64Array(days + 1)
  for (let day = 0; day < days; day++) {
    const date = new Date((firstDay + day) * dayMs)
    const season = (monthWeights[date.getUTCMonth()] ?? 0) * (weekdayWeights[date.getUTCDay()] ?? 0)
    cumulative[day + 1] = (cumulative[day] ?? 0) + season + (mix(key + day) % 1500)
  }
  return { firstDay, days, cumulative }
}

/** The index of the first of `total` time-ordered entities that falls on day number `day` (0..days) of the calendar. */
export function firstOfDay(calendar: Calendar, total: number, day: number): number {
  const { cumulative, days } = calendar
  const clamped = Math.max(0, Math.min(day, days))
  return Math.floor((total * (cumulative[clamped] ?? 0)) / (cumulative[days] ?? 1))
}

/** The day number (0..days-1) of entity `index` among `total` time-ordered ones. */
export function dayOf(calendar: Calendar, total: number, index: number): number {
  let low = 0
  let high = calendar.days - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (firstOfDay(calendar, total, middle) <= index) low = middle
    else high = middle - 1
  }
  return low
}

/** The moment, in milliseconds since the epoch, of entity `index` among `total`; ascending up to the spread of `uniform`. */
export function momentOf(calendar: Calendar, total: number, index: number, uniform: number): number {
  const day = dayOf(calendar, total, index)
  const first = firstOfDay(calendar, total, day)
  const count = firstOfDay(calendar, total, day + 1) - first
  let point = ((index - first + uniform / 0x100000000) / count) * hourTotal
  let hour = 0
  while (hour < 23 && point >= (hourWeights[hour] ?? 0)) point -= hourWeights[hour++] ?? 0
  const inHour = Math.min(3_599_999, Math.floor((point / (hourWeights[hour] ?? 1)) * 3_600_000))
  return (calendar.firstDay + day) * dayMs + hour * 3_600_000 + inHour
}
