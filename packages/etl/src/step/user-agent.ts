import { createRequire } from 'node:module'

/** What a user agent says of itself; nothing of it is proven. */
export interface UserAgent {
  readonly browser: string | null
  readonly browserVersion: string | null
  readonly os: string | null
  readonly osVersion: string | null
  /** `desktop`, `mobile`, `tablet`, `tv`, `bot`, or NULL. */
  readonly deviceType: string | null
  readonly isBot: boolean
}

/** The versions of the data: another version gives other answers. A test compares them with package.json. */
export const userAgentData = 'bowser 2.15.0, crawler-user-agents 1.60.0'

/** How many characters are looked at: real ones are shorter, and the time for hostile ones stays bounded. */
const maxLength = 1024
/** How many answers are kept. */
const maxKept = 20_000

interface Parsed {
  readonly browser: { readonly name?: string; readonly version?: string }
  readonly os: { readonly name?: string; readonly version?: string; readonly versionName?: string }
  readonly platform: { readonly type?: string }
}

interface Libraries {
  readonly parse: (userAgent: string) => Parsed
  readonly isCrawler: RegExp
}

let loaded: Libraries | undefined

/** Loads the libraries with the first user agent: row functions are synchronous, and other programs shall not pay for them. */
function libraries(): Libraries {
  if (loaded !== undefined) return loaded
  const load = createRequire(import.meta.url)
  const { parse } = load('bowser') as Pick<Libraries, 'parse'>
  const crawlers = load('crawler-user-agents') as readonly { readonly pattern: string }[]
  loaded = { parse: (text) => parse(text), isCrawler: new RegExp(crawlers.map((c) => c.pattern).join('|')) }
  return loaded
}

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text)

/** For what it does not know, bowser names the first words; those of a browser's disguise are no name. */
const browserOf = (name: string | undefined): string | null =>
  name !== undefined && (name === 'Mozilla' || /[/(;]/.test(name)) ? null : orNull(name)

function read(text: string): UserAgent {
  const { parse, isCrawler } = libraries()
  const { browser, os, platform } = parse(text)
  const isBot = platform.type === 'bot' || isCrawler.test(text)
  const name = browserOf(browser.name)
  // What Windows calls its versions are not their numbers: NT 6.1 is Windows 7.
  const osVersion = os.name === 'Windows' ? (os.versionName ?? os.version) : os.version
  return {
    browser: name,
    browserVersion: name === null ? null : orNull(browser.version),
    os: orNull(os.name),
    osVersion: orNull(osVersion),
    deviceType: isBot ? 'bot' : orNull(platform.type),
    isBot,
  }
}

const kept = new Map<string, UserAgent>()

/** Reads a user agent; each distinct one once, as long as there are not more than 20,000 of them at a time. */
export function readUserAgent(userAgent: string): UserAgent {
  const text = userAgent.slice(0, maxLength)
  const known = kept.get(text)
  if (known !== undefined) return known
  const found = text.trim() === '' ? nothing : read(text)
  if (kept.size >= maxKept) kept.clear()
  kept.set(text, found)
  return found
}

const nothing: UserAgent = {
  browser: null,
  browserVersion: null,
  os: null,
  osVersion: null,
  deviceType: null,
  isBot: false,
}
